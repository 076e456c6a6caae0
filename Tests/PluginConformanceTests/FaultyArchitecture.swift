import GraphLanguage
import PluginBridges
import PluginConformance
import PluginSDK

/// A model of one hidden layer, with a fault.
struct FaultyArchitecture: Architecture {
  enum Fault: CaseIterable, Sendable {
    case none, givesOneLoss, miscounts, changesItsMind, startsSure, leavesOneOut, neverLearns
    case onlyOneSize, dividesByZero
  }

  let fault: Fault
  let width: Int
  let vocabulary: Int
  let calls = Counter()

  var parameterCount: ParameterCount {
    let tables = 2 * vocabulary * width
    let extra = fault == .leavesOneOut ? 3 : fault == .miscounts ? 1 : 0
    return ParameterCount(total: tables + width * width + extra, embedding: tables)
  }

  func describe(
    tokens: Value, targets: Value, in graph: any GraphBuilder
  ) throws(PluginError) -> Value {
    do throws(GraphError) {
      return try losses(tokens, targets, in: graph)
    } catch {
      throw PluginError(error)
    }
  }

  private func losses(
    _ tokens: Value, _ targets: Value, in graph: any GraphBuilder
  ) throws(GraphError) -> Value {
    let spread = Initializer.normal(mean: 0, standardDeviation: 0.1)
    let embedding = try graph.parameter("embedding", [vocabulary, width], spread, decays: true)
    let hidden = try graph.parameter("hidden", [width, width], spread, decays: true)
    let output = try graph.parameter("output", [vocabulary, width], spread, decays: true)
    if fault == .leavesOneOut {
      _ = try graph.parameter("forgotten", [3], .constant(1), decays: false)
    }
    let rows = tokens.shape.elementCount
    let x = try graph.add(.gather, embedding, try graph.reshape(tokens, [rows]))
    var y = try graph.apply(.tanh, try graph.linear(x, hidden))
    switch fault {
    case .changesItsMind: y = try graph.apply(.multiply, y, 1 + Float(calls.next()))
    case .startsSure: y = try graph.apply(.multiply, y, 1000)
    case .neverLearns: y = try graph.apply(.multiply, y, 0)
    case .dividesByZero:
      // The root of a square has no derivative at 0.
      let zero = try graph.apply(.multiply, y, 0)
      y = try graph.sum(y, try graph.apply(.squareRoot, try graph.product(zero, zero)))
    default: break
    }
    let losses = try graph.add(.linearCrossEntropy, y, output, try graph.reshape(targets, [rows]))
    return fault == .givesOneLoss ? try graph.add(.reduce(.sum, axes: [0]), losses) : losses
  }
}

/// Makes models with a fault.
struct FaultyArchitectureFactory: ArchitectureFactory {
  let fault: FaultyArchitecture.Fault
  let identity = PluginIdentity.direct("faulty-architecture", .architecture)
  let options = [OptionDeclaration("width", .integer(1...10_000), .optional, help: "The width.")]

  func shape(
    near target: Int, options: OptionValues, dimensions: ModelDimensions
  ) throws(PluginError) -> OptionValues {
    let options = try options.completed(by: self.options)
    if let width = options.integer("width") { return OptionValues(["width": .integer(width)]) }
    let width = fault == .onlyOneSize ? 20 : Int(Double(target).squareRoot().rounded())
    return OptionValues(["width": .integer(width)])
  }

  func make(
    options: OptionValues, dimensions: ModelDimensions
  ) throws(PluginError) -> any Architecture {
    let options = try options.completed(by: self.options)
    return FaultyArchitecture(
      fault: fault, width: try options.requiredInteger("width"),
      vocabulary: dimensions.vocabulary)
  }

  private static func broken(
    _ law: String, by fault: FaultyArchitecture.Fault, mentions mention: String
  ) -> LawCase {
    LawCase(law, "\(fault)", .architecture(Self(fault: fault)), mentions: mention)
  }

  static let cases = [
    broken(
      "architecture.losses", by: .givesOneLoss,
      mentions: "for tokens [1, 1] the losses are float32 []; float32 [1] is needed"),
    broken("architecture.parameter-count", by: .miscounts, mentions: "and the graph declares"),
    broken(
      "architecture.describe-deterministic", by: .changesItsMind, mentions: "described again"),
    broken("architecture.fresh-loss", by: .startsSure, mentions: "log V is"),
    broken("architecture.gradients", by: .leavesOneOut, mentions: "does not depend on 'forgotten'"),
    broken(
      "architecture.gradients", by: .dividesByZero, mentions: "the derivative by 'embedding' holds"),
    broken("architecture.overfits-one-batch", by: .neverLearns, mentions: "after 200 steps"),
    broken("architecture.shape-near", by: .onlyOneSize, mentions: "asked for 20000"),
  ]
}
