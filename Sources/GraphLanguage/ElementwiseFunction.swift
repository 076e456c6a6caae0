/// Machine code that gives tensors new elements, each from the elements at its own place.
///
/// It is no operation of the language, and no plugin can ask for it: it has no number in the C ABI, and
/// only the host's own graph is an ``ElementwiseGraphBuilder``. All its tensors are float32.
///
/// Laws: the new elements at a place are a pure function of the elements at that place and of the
/// scalars, so an engine may cut the tensors anywhere. Functions of one identity give the same bits.
@safe package struct ElementwiseFunction: Sendable {
  /// What errors and listings call it.
  package let name: String
  /// What it computes, by content.
  package let identity: String
  /// The tensors that get new elements, at least one.
  package let updatedCount: Int
  /// The tensors that are only read.
  package let readCount: Int
  /// The numbers that all elements have in common.
  package let scalarCount: Int
  /// Whether several threads may call it at once.
  package let isConcurrent: Bool
  private let body: Body

  /// Gives some places new elements.
  package typealias Body = @Sendable (ElementwiseChunk) throws(ElementwiseFailure) -> Void

  package init(
    name: String, identity: String, updatedCount: Int, readCount: Int, scalarCount: Int,
    isConcurrent: Bool, body: @escaping Body
  ) {
    precondition(updatedCount >= 1, "'\(name)' gives no tensor new elements")
    self.name = name
    self.identity = identity
    self.updatedCount = updatedCount
    self.readCount = readCount
    self.scalarCount = scalarCount
    self.isConcurrent = isConcurrent
    unsafe self.body = unsafe body
  }

  /// Gives some places new elements.
  ///
  /// - Throws: ``ElementwiseFailure`` if the code says that it failed; what it wrote is then nobody's.
  package func callAsFunction(_ chunk: ElementwiseChunk) throws(ElementwiseFailure) {
    try unsafe body(chunk)
  }
}

extension ElementwiseFunction: Hashable {
  package static func == (left: Self, right: Self) -> Bool {
    left.name == right.name && left.identity == right.identity
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(identity)
  }
}

/// The same consecutive places of every tensor.
///
/// The pointers are the caller's and good for the call; those of different tensors do not overlap.
@unsafe package struct ElementwiseChunk {
  /// Elements to replace.
  package let updated: [UnsafeMutablePointer<Float>]
  /// Elements to read.
  package let read: [UnsafePointer<Float>]
  package let scalars: [Float]
  /// The number of places, at least 1.
  package let count: Int

  package init(
    updated: [UnsafeMutablePointer<Float>], read: [UnsafePointer<Float>], scalars: [Float],
    count: Int
  ) {
    unsafe self.updated = unsafe updated
    unsafe self.read = unsafe read
    unsafe self.scalars = scalars
    unsafe self.count = count
  }
}

/// Why an elementwise function gave nothing.
package struct ElementwiseFailure: Error, Hashable, Sendable {
  package let message: String
  package init(_ message: String) { self.message = message }
}

/// A graph builder that takes elementwise functions beside the operations of the language.
package protocol ElementwiseGraphBuilder: GraphBuilder {
  /// Adds a call of a function.
  ///
  /// - Parameters:
  ///   - function: What computes.
  ///   - updated: The tensors that get new elements, float32 of one shape.
  ///   - read: The tensors that are only read, of that shape.
  ///   - scalars: Values [] float32.
  ///   - location: What asks for it.
  /// - Returns: For each updated tensor its new content; the old one is still there.
  /// - Throws: ``GraphError`` if the inputs do not fit the function.
  func apply(
    _ function: ElementwiseFunction, updating updated: [Value], reading read: [Value],
    scalars: [Value], at location: SourceLocation
  ) throws(GraphError) -> [Value]
}
