import CPluginABI
import GraphLanguage
import Graphs
import PluginBridges
import PluginSDK
import Synchronization
import Testing

/// A plugin that misuses the graph gets an error, and the host a reason.
///
/// Serialized, since a C function can be told what to try only through shared state.
@Suite(.serialized) struct BrokenGraphTests {
  private typealias Describe =
    @convention(c) (
      UnsafeMutableRawPointer?, UnsafePointer<cpt_graph>?, UnsafePointer<cpt_value>?,
      UnsafePointer<cpt_value>?, UnsafeMutablePointer<cpt_value>?, CErrorSlot?
    ) -> cpt_status

  /// Describes with a function in C's manner and returns why it was refused.
  private func refusal(_ describe: @escaping Describe) throws -> String {
    let table = unsafe cpt_architecture_table(
      struct_size: MemoryLayout<cpt_architecture_table>.size,
      shape_near: { _, _, _, _, _ in cpt_status(CPT_UNSUPPORTED) },
      create: { _, _, instance, _ in
        unsafe instance?.pointee = Nothing.pointer
        return cpt_status(CPT_OK)
      },
      parameter_count: { _, count, _ in
        unsafe count?.pointee.total = 1
        unsafe count?.pointee.embedding = 2
        return cpt_status(CPT_OK)
      }, describe: describe, destroy: { _ in })
    let architecture = try LoadedArchitectureFactory(
      HandMadePlugin(.architecture, table).load()
    ).make(options: OptionValues(), dimensions: ModelDimensions(vocabulary: 5, context: 4))
    #expect(throws: PluginError.self) { try architecture.parameterCount }
    let graph = Graph()
    let tokens = graph.addInput("tokens", [2, 4], .int32)
    let targets = graph.addInput("targets", [2, 4], .int32)
    let error = #expect(throws: PluginError.self) {
      try architecture.describe(tokens: tokens, targets: targets, in: graph)
    }
    #expect(try #require(error).plugin == "hand-made")
    return try #require(error).message
  }

  @Test func valueThatIsNotOfTheGraphIsRefused() throws {
    let text = try unsafe refusal { _, _, tokens, _, losses, _ in
      guard var value = unsafe tokens?.pointee else { return cpt_status(CPT_INTERNAL) }
      value.id = 1234
      unsafe losses?.pointee = value
      return cpt_status(CPT_OK)
    }
    #expect(text == "losses has the id 1234, which is no value of this graph")
  }

  @Test func valueWithAnotherShapeThanItsOwnIsRefused() throws {
    let text = try unsafe refusal { _, _, tokens, _, losses, _ in
      guard var value = unsafe tokens?.pointee else { return cpt_status(CPT_INTERNAL) }
      value.extents.1 = 400
      unsafe losses?.pointee = value
      return cpt_status(CPT_OK)
    }
    #expect(text == "losses claims to be int32 [2, 400], but value 0 is int32 [2, 4]")
  }

  @Test func valueOfImpossibleRankOrTypeIsRefused() throws {
    let rank = try unsafe refusal { _, _, tokens, _, losses, _ in
      guard var value = unsafe tokens?.pointee else { return cpt_status(CPT_INTERNAL) }
      value.rank = .max
      unsafe losses?.pointee = value
      return cpt_status(CPT_OK)
    }
    #expect(rank == "losses has the rank 4294967295; at most 8 is allowed")
    let type = try unsafe refusal { _, _, tokens, _, losses, _ in
      guard var value = unsafe tokens?.pointee else { return cpt_status(CPT_INTERNAL) }
      value.element_type = 77
      unsafe losses?.pointee = value
      return cpt_status(CPT_OK)
    }
    #expect(type == "losses has the unknown element type 77")
  }

  @Test func lossesOfAnotherShapeAreRefused() throws {
    let text = try unsafe refusal { _, _, tokens, _, losses, _ in
      guard let value = unsafe tokens?.pointee else { return cpt_status(CPT_INTERNAL) }
      unsafe losses?.pointee = value
      return cpt_status(CPT_OK)
    }
    #expect(
      text
        == "describe gave losses of int32 [2, 4]; float32 [8] is needed, one for each target")
  }

  @Test(
    arguments: [
      (UInt32(9999), [1], [1.0], "is not known"),
      (1, [1 << 40], [1.0], "is not known"),
      (1, [1 << 30, 1 << 30, 1 << 30], [1.0], "is not known"),
      (1, [0], [1.0], "is not known"),
      (1, [3], [], "is not known"),
      (1, [3], [.nan], "not all numbers"),
    ] as [(UInt32, [Int64], [Double], String)])
  func operationThatMakesNoSenseIsRefused(
    code: UInt32, integers: [Int64], reals: [Double], reason: String
  ) throws {
    Self.attempt.withLock { $0 = Attempt(code: code, integers: integers, reals: reals) }
    let text = try unsafe refusal { _, graph, _, _, losses, error in
      guard let graph = unsafe graph?.pointee else { return cpt_status(CPT_INTERNAL) }
      let attempt = BrokenGraphTests.attempt.withLock { $0 }
      return unsafe attempt.integers.withUnsafeBufferPointer { integers in
        unsafe attempt.reals.withUnsafeBufferPointer { reals in
          var operation = unsafe cpt_operation()
          unsafe operation.struct_size = MemoryLayout<cpt_operation>.size
          unsafe operation.code = attempt.code
          unsafe operation.integers = integers.baseAddress
          unsafe operation.integer_count = integers.count
          unsafe operation.reals = reals.baseAddress
          unsafe operation.real_count = reals.count
          return unsafe graph.add?(graph.context, &operation, losses, error)
            ?? cpt_status(CPT_INTERNAL)
        }
      }
    }
    #expect(text.hasPrefix("operation \(code)"))
    #expect(text.contains(reason))
  }

  @Test(
    arguments: [
      (UInt32(1), [Int64(0)], UInt32(1), Float(0), Float(0), "each must be at least 1"),
      (9, [2], 1, 0, 0, "at most 8 is allowed"),
      (3, [1 << 40, 1 << 40, 1], 1, 0, 0, "their product an Int"),
      (1, [2], 9, 0, 0, "initializer 9"),
      (1, [2], 2, 0, -1, "initializer 2"),
      (1, [2], 1, .nan, 0, "initializer 1"),
    ] as [(UInt32, [Int64], UInt32, Float, Float, String)])
  func parameterThatMakesNoSenseIsRefused(
    rank: UInt32, extents: [Int64], initializer: UInt32, a: Float, b: Float, reason: String
  ) throws {
    var parameter = unsafe cpt_parameter()
    unsafe parameter.struct_size = MemoryLayout<cpt_parameter>.size
    unsafe parameter.name = text("weight")
    unsafe parameter.rank = rank
    unsafe parameter.extents.0 = extents.first ?? 0
    unsafe parameter.extents.1 = extents.dropFirst().first ?? 0
    unsafe parameter.extents.2 = extents.dropFirst(2).first ?? 0
    unsafe parameter.initializer = initializer
    unsafe parameter.a = a
    unsafe parameter.b = b
    Self.declared.withLock { unsafe $0 = Declared(parameter: parameter) }
    let message = try unsafe refusal { _, graph, _, _, losses, error in
      guard let graph = unsafe graph?.pointee else { return cpt_status(CPT_INTERNAL) }
      var declared = unsafe BrokenGraphTests.declared.withLock { unsafe $0.parameter }
      return unsafe graph.parameter?(graph.context, &declared, losses, error)
        ?? cpt_status(CPT_INTERNAL)
    }
    #expect(message.contains("the parameter 'weight'"))
    #expect(message.contains(reason))
  }

  private struct Attempt: Sendable {
    var code: UInt32
    var integers: [Int64]
    var reals: [Double]
  }

  @safe
  private struct Declared: Sendable {
    // Safe to share: its text is static.
    nonisolated(unsafe) var parameter: cpt_parameter
  }

  private static let attempt = Mutex(Attempt(code: 0, integers: [], reals: []))
  private static let declared = Mutex(unsafe Declared(parameter: cpt_parameter()))
}
