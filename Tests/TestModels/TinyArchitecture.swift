package import GraphLanguage
package import PluginSDK

/// A model of one hidden layer that predicts the next token from the token before.
///
/// Embedding [V, K], hidden [K, K] with tanh, output [V, K].
package struct TinyArchitecture: ArchitecturePlugin {
  package static let options = [
    OptionDeclaration("width", .integer(1...4096), .defaulted(.integer(8)), help: "K")
  ]

  package let width: Int
  package let vocabulary: Int

  package init(width: Int, vocabulary: Int) {
    self.width = width
    self.vocabulary = vocabulary
  }

  package init(
    options: OptionValues, dimensions: ModelDimensions, host: any HostServices
  ) throws(PluginError) {
    self.init(
      width: try options.requiredInteger("width"), vocabulary: dimensions.vocabulary)
  }

  /// The width whose square is nearest.
  package static func shape(
    near target: Int, options: OptionValues, dimensions: ModelDimensions
  ) throws(PluginError) -> OptionValues {
    let width = Int(Double(target).squareRoot().rounded())
    return OptionValues(["width": .integer(max(1, width))])
  }

  package var parameterCount: ParameterCount {
    ParameterCount(total: 2 * vocabulary * width + width * width, embedding: 2 * vocabulary * width)
  }

  package func describe(
    tokens: Value, targets: Value, in graph: any GraphBuilder
  ) throws(PluginError) -> Value {
    do throws(GraphError) {
      let spread = Initializer.normal(mean: 0, standardDeviation: 0.3)
      let embedding = try graph.parameter("embedding", [vocabulary, width], spread, decays: true)
      let hidden = try graph.parameter("hidden", [width, width], spread, decays: true)
      let output = try graph.parameter("output", [vocabulary, width], spread, decays: true)
      let rows = tokens.shape.elementCount
      let ids = try graph.reshape(tokens, [rows])
      let x = try graph.add(.gather, embedding, ids)
      let y = try graph.apply(.tanh, try graph.linear(x, hidden))
      return try graph.add(.linearCrossEntropy, y, output, try graph.reshape(targets, [rows]))
    } catch {
      throw PluginError(error)
    }
  }
}
