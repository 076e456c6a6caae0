import CPluginABI
import GraphLanguage
import PluginSDK

/// A tokenizer whose ids are bytes, moved on by the number of documents it saw.
struct SpecimenTokenizer: TokenizerPlugin {
  let shift: Int
  let report: String

  static let options = [
    OptionDeclaration("flag", .boolean, .defaulted(.boolean(true)), help: "A flag."),
    OptionDeclaration("count", .integer(-5...5), .optional, help: "A number."),
    OptionDeclaration("limit", .integer(0...Int.max), .defaulted(.integer(7)), help: "A bound."),
    OptionDeclaration("rate", .real(0...1), .defaulted(.real(0.25)), help: "A rate."),
    OptionDeclaration("free", .real(-.infinity ... .infinity), .optional, help: "Any number."),
    OptionDeclaration("label", .text, .optional, help: "A label – with more than ASCII."),
    OptionDeclaration(
      "mode", .choice(["plain", "odd"]), .defaulted(.text("plain")), help: "A mode."),
    OptionDeclaration("main", .corpus, .optional, help: "A corpus."),
    OptionDeclaration("mixture", .shares(0...10), .optional, help: "Shares."),
    OptionDeclaration("need", .integer(Int.min...Int.max), .required, help: "A need."),
  ]

  static func train(
    on documents: any DocumentSource, options: OptionValues, host: any HostServices
  ) throws(PluginError) -> SpecimenTokenizer {
    var lengths: [Int] = []
    while let document = try documents.next() {
      if host.isCancelled { throw PluginError(.cancelled, "stopped after \(lengths.count)") }
      lengths.append(document.count)
      host.log(.info, "document of \(document.count)")
      host.progress(Double(lengths.count) * 0.75, "reading")
    }
    return SpecimenTokenizer(
      shift: lengths.count, report: "\(documents.byteCount) \(lengths) \(options.canonical)")
  }

  init(shift: Int, report: String) {
    self.shift = shift
    self.report = report
  }

  init(model: [UInt8], options: OptionValues, host: any HostServices) throws(PluginError) {
    guard let text = String(validating: model, as: UTF8.self), let end = text.firstIndex(of: " "),
      let shift = Int(text[..<end])
    else { throw PluginError(.corruptData, "the model has no shift: train it again") }
    self.init(shift: shift, report: String(text[text.index(after: end)...]))
  }

  var vocabularySize: Int { 256 + shift }

  func encode(_ bytes: [UInt8]) -> [TokenID] { bytes.map { TokenID($0) + TokenID(shift) } }

  func decode(_ ids: [TokenID]) throws(PluginError) -> [UInt8] {
    var bytes: [UInt8] = []
    for id in ids {
      guard let byte = UInt8(exactly: Int(id) - shift) else {
        throw PluginError(.invalidArgument, "the id \(id) lies outside \(shift) ..< \(shift + 256)")
      }
      bytes.append(byte)
    }
    return bytes
  }

  func save() -> [UInt8] { Array("\(shift) \(report)".utf8) }
}

extension OptionValues {
  /// The values in one order, as text.
  var canonical: String {
    values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ";")
  }
}

/// An architecture that uses every kind of attribute.
struct SpecimenArchitecture: ArchitecturePlugin {
  let width: Int
  let dimensions: ModelDimensions
  let isBroken: Bool

  static let options = [
    OptionDeclaration("width", .integer(1...64), .optional, help: "The width."),
    OptionDeclaration("broken", .boolean, .defaulted(.boolean(false)), help: "Whether to fail."),
  ]

  static func shape(
    near target: Int, options: OptionValues, dimensions: ModelDimensions
  ) throws(PluginError) -> OptionValues {
    guard target > 0 else { throw PluginError(.invalidArgument, "a target of at least 1, please") }
    return OptionValues(["width": .integer(min(target, 100))])
  }

  init(
    options: OptionValues, dimensions: ModelDimensions, host: any HostServices
  ) throws(PluginError) {
    width = try options.requiredInteger("width")
    isBroken = try options.requiredBoolean("broken")
    self.dimensions = dimensions
  }

  var parameterCount: ParameterCount {
    let table = dimensions.vocabulary * width
    return ParameterCount(total: table + 2 * width, embedding: table)
  }

  func describe(
    tokens: Value, targets: Value, in graph: any GraphBuilder
  ) throws(PluginError) -> Value {
    do throws(GraphError) {
      let table = try graph.parameter(
        "table", [dimensions.vocabulary, width], .normal(mean: 0.5, standardDeviation: 0.25),
        decays: true)
      let gain = try graph.parameter("gain", [width], .constant(1), decays: false)
      let offset = try graph.parameter("offset", [width], .uniform(-0.5, 0.5), decays: false)
      let rows = tokens.shape.elementCount
      let embedded = try graph.reshape(try graph.add(.gather, table, tokens), [rows, width])
      let normed = try graph.add(.layerNorm(epsilon: 1e-5), embedded, gain, offset)
      if isBroken {
        _ = try graph.add(.matrixProduct(transposeLeft: false, transposeRight: false), normed, gain)
      }
      let turned = try graph.add(.transpose([1, 0]), try graph.apply(.tanh, normed))
      let back = try graph.add(.transpose([1, 0]), try graph.apply(.multiply, turned, 0.5))
      return try graph.add(
        .linearCrossEntropy, back, table, try graph.reshape(targets, [rows]))
    } catch {
      throw PluginError(error)
    }
  }
}

/// An optimizer with one state.
struct SpecimenOptimizer: OptimizerPlugin {
  static let options: [OptionDeclaration] = []

  init(options: OptionValues, host: any HostServices) {}

  func states(for parameter: ParameterInfo) -> [OptimizerState] {
    [
      OptimizerState("average", parameter.shape, initialValue: 0.5),
      OptimizerState("count", .scalar, initialValue: 0),
    ]
  }

  func describe(
    _ inputs: UpdateInputs, of parameter: ParameterInfo, in graph: any GraphBuilder
  ) throws(PluginError) -> UpdateResults {
    do throws(GraphError) {
      if parameter.name == "greedy" {
        _ = try graph.parameter("mine", [2], .constant(0), decays: false)
      }
      let average = try graph.sum(inputs.states[0], inputs.gradient)
      let move = try graph.product(average, inputs.learningRate)
      return UpdateResults(
        parameter: try graph.apply(.subtract, inputs.parameter, move),
        states: [average, inputs.step])
    } catch {
      throw PluginError(error)
    }
  }
}

/// A mixer that moves from its first source to its second.
struct SpecimenMixer: DataMixerPlugin {
  static let options = [
    OptionDeclaration("sum", .real(0...2), .defaulted(.real(1)), help: "What weights sum to.")
  ]
  let sources = ["ein", "zwei – drei"]
  let sum: Double

  init(options: OptionValues, host: any HostServices) throws(PluginError) {
    sum = try options.requiredReal("sum")
  }

  func weights(at progress: MixingProgress) -> [Double] {
    [sum - progress.fraction, progress.fraction]
  }
}

/// A law E + A / N with and without an optimum.
struct SpecimenLaw: ScalingLawPlugin {
  static let options = [
    OptionDeclaration(
      "optimum", .choice(["none", "interior", "edge"]), .defaulted(.text("interior")),
      help: "What the optimum is.")
  ]
  let variables = ["N", "D"]
  let parameters = [
    LawParameter("E", .coefficient, bounds: 0...10, unit: "nats"),
    LawParameter("A", .coefficient, bounds: 0 ... .infinity, unit: "nats"),
    LawParameter("alpha", .exponent, bounds: 0...2, unit: "1"),
  ]
  let kind: String

  init(options: OptionValues, host: any HostServices) throws(PluginError) {
    kind = try options.requiredText("optimum")
  }

  func predict(
    _ theta: [Double], at columns: [[Double]], wantsGradients: Bool
  ) throws(PluginError) -> LawPrediction {
    guard theta[2] >= 0 else { throw PluginError(.invalidArgument, "alpha is negative") }
    return LawPrediction(
      losses: zip(columns[0], columns[1]).map { theta[0] + theta[1] / $0 + theta[2] / $1 },
      gradients: wantsGradients
        ? zip(columns[0], columns[1]).flatMap { [1, 1 / $0, 1 / $1] } : [])
  }

  func optimum(_ theta: [Double], compute: Double) throws(PluginError) -> Allocation? {
    switch kind {
    case "none": return nil
    case "edge": throw PluginError(.unsupported, "beta must be above gamma")
    default: return Allocation(parameters: compute / 6, tokens: theta[1])
    }
  }
}
