import GraphLanguage
import PluginSDK
import Testing

@testable import ExamplePlugin

@Suite struct SmallDecoderTests {
  private let dimensions = ModelDimensions(vocabulary: 300, context: 16)

  @Test(arguments: [5_000, 60_000, 1_000_000], [8, 16])
  func itDeclaresWhatItCounts(target: Int, length: Int) throws {
    let shape = try SmallDecoder.shape(
      near: target, options: OptionValues(), dimensions: dimensions)
    let model = try SmallDecoder(options: shape, dimensions: dimensions, host: SilentHost())
    let near = Double(model.parameterCount.nonEmbedding) / Double(target)
    #expect((0.7...1.4).contains(near))
    let graph = CountingGraph()
    let tokens = graph.value([2, length])
    let losses = try model.describe(tokens: tokens, targets: tokens, in: graph)
    #expect(losses.shape == [2 * length])
    #expect(graph.elementCount == model.parameterCount.total)
  }

  @Test func moreThanTheContextIsRefused() throws {
    let shape = OptionValues(["width": .integer(40), "layers": .integer(1)])
    let model = try SmallDecoder(options: shape, dimensions: dimensions, host: SilentHost())
    let graph = CountingGraph()
    let tokens = graph.value([2, 17])
    #expect(throws: PluginError.self) {
      try model.describe(tokens: tokens, targets: tokens, in: graph)
    }
  }
}

/// A graph that counts what is declared and follows shapes, as far as this model needs them.
private final class CountingGraph: GraphBuilder {
  private(set) var elementCount = 0
  private var used: Int32 = 0

  func value(_ shape: Shape) -> Value {
    used += 1
    return Value(id: used, shape: shape, elementType: .float32)
  }

  func parameter(
    _ declaration: ParameterDeclaration, at location: GraphLanguage.SourceLocation
  ) throws(GraphError) -> Value {
    elementCount += declaration.shape.elementCount
    return value(declaration.shape)
  }

  func add(
    _ operation: GraphLanguage.Operation, _ inputs: [Value],
    at location: GraphLanguage.SourceLocation
  ) throws(GraphError) -> Value {
    let shapes = inputs.map(\.shape)
    return switch operation {
    case .reshape(let shape), .broadcast(let shape, _): value(shape)
    case .slice(let starts, let ends): value(Shape(zip(starts, ends).map { $1 - $0 }))
    case .gather: value(Shape(shapes[1].extents + shapes[0].extents.dropFirst()))
    case .matrixProduct: value([shapes[0][0], shapes[1][0]])
    case .linearCrossEntropy: value(shapes[2])
    case .binary(.add), .rmsNorm, .causalAttention, .gelu: value(shapes[0])
    default: throw GraphError("this test knows no \(operation) yet: add it", at: location)
    }
  }
}
