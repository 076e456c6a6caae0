/// How a parameter starts; drawn by the host, keyed by the run's seed and the parameter's name.
public enum Initializer: Hashable, Sendable {
  case constant(Float)
  case normal(mean: Float, standardDeviation: Float)
  case uniform(Float, Float)
}

/// A trainable float32 tensor that an architecture declares.
public struct ParameterDeclaration: Hashable, Sendable {
  /// The name, unique in the model: `layers.0.attention.query.weight`.
  public var name: String
  /// The extents.
  public var shape: Shape
  /// How it starts.
  public var initializer: Initializer
  /// Whether weight decay is meant to act on it: matrices yes, norm weights and biases no.
  public var decays: Bool

  /// Creates a declaration.
  public init(_ name: String, _ shape: Shape, _ initializer: Initializer, decays: Bool) {
    self.name = name
    self.shape = shape
    self.initializer = initializer
    self.decays = decays
  }
}

/// Where in a plugin's source an operation was asked for.
public struct SourceLocation: Hashable, Sendable, CustomStringConvertible {
  /// The place as `file:line`.
  public let description: String

  /// Creates a location from the literals of the calling line.
  public init(file: StaticString, line: UInt) { description = "\(file):\(line)" }

  /// Creates a location from its text; empty where it is unknown.
  public init(_ description: String) { self.description = description }
}

/// Why a graph refused an operation.
public struct GraphError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, with the operation and the shapes.
  public let message: String
  /// Where the operation was asked for.
  public let location: SourceLocation

  /// Creates an error.
  public init(_ message: String, at location: SourceLocation) {
    self.message = message
    self.location = location
  }

  /// The message, with its place where that is known.
  public var description: String {
    location.description.isEmpty ? message : "\(message) (at \(location))"
  }
}

/// Receives the description of a computation.
///
/// A builder is valid only while the describing call runs; neither it nor its values may be kept.
public protocol GraphBuilder: AnyObject {
  /// Declares a parameter.
  ///
  /// - Throws: ``GraphError`` if the name is taken, or parameters cannot be declared here.
  func parameter(
    _ declaration: ParameterDeclaration, at location: SourceLocation
  ) throws(GraphError) -> Value

  /// Adds an operation.
  ///
  /// - Throws: ``GraphError`` if the inputs' number, shapes or types do not fit the operation.
  func add(
    _ operation: Operation, _ inputs: [Value], at location: SourceLocation
  ) throws(GraphError) -> Value
}

extension GraphBuilder {
  /// Declares a parameter, noting the calling line.
  public func parameter(
    _ name: String, _ shape: Shape, _ initializer: Initializer, decays: Bool,
    file: StaticString = #fileID, line: UInt = #line
  ) throws(GraphError) -> Value {
    try parameter(
      ParameterDeclaration(name, shape, initializer, decays: decays),
      at: SourceLocation(file: file, line: line))
  }

  /// Adds an operation, noting the calling line.
  public func add(
    _ operation: Operation, _ inputs: Value...,
    file: StaticString = #fileID, line: UInt = #line
  ) throws(GraphError) -> Value {
    try add(operation, inputs, at: SourceLocation(file: file, line: line))
  }
}
