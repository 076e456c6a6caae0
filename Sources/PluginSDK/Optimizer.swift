public import GraphLanguage

/// A state tensor that an optimizer keeps for one parameter, float32.
public struct OptimizerState: Hashable, Sendable {
  /// What it holds: `first_moment`.
  public var name: String
  /// The extents, of the parameter or any other.
  public var shape: Shape
  /// What every element starts as.
  public var initialValue: Float

  /// Creates a declaration.
  public init(_ name: String, _ shape: Shape, initialValue: Float) {
    self.name = name
    self.shape = shape
    self.initialValue = initialValue
  }
}

/// A parameter as an optimizer sees it.
public struct ParameterInfo: Hashable, Sendable {
  /// The name that the architecture gave it.
  public var name: String
  /// Its extents.
  public var shape: Shape
  /// Whether weight decay is meant to act on it.
  public var decays: Bool

  /// Creates a description.
  public init(name: String, shape: Shape, decays: Bool) {
    self.name = name
    self.shape = shape
    self.decays = decays
  }
}

/// The tensors that one update reads.
public struct UpdateInputs: Hashable, Sendable {
  /// The parameter before the update, float32.
  public var parameter: Value
  /// The gradient in the parameter's shape, already clipped.
  public var gradient: Value
  /// The tensors declared by ``Optimizer/states(for:)``, in that order.
  public var states: [Value]
  /// [] float32: 1 in the first update.
  public var step: Value
  /// [] float32.
  public var learningRate: Value

  /// Creates the inputs of an update.
  public init(
    parameter: Value, gradient: Value, states: [Value], step: Value, learningRate: Value
  ) {
    self.parameter = parameter
    self.gradient = gradient
    self.states = states
    self.step = step
    self.learningRate = learningRate
  }
}

/// The tensors that one update gives, each in the shape of the one it replaces.
public struct UpdateResults: Hashable, Sendable {
  /// The parameter after the update.
  public var parameter: Value
  /// The states after the update, in the order of their declarations.
  public var states: [Value]

  /// Creates the results of an update.
  public init(parameter: Value, states: [Value]) {
    self.parameter = parameter
    self.states = states
  }
}

/// Describes how a parameter is updated from its gradient.
///
/// Laws: the states returned are those declared, in order and shape; the update decreases a
/// quadratic; it is a pure function of its inputs.
public protocol Optimizer: Sendable {
  /// Returns the state tensors that a parameter needs.
  func states(for parameter: ParameterInfo) throws(PluginError) -> [OptimizerState]

  /// Describes one update.
  func describe(
    _ inputs: UpdateInputs, of parameter: ParameterInfo, in graph: any GraphBuilder
  ) throws(PluginError) -> UpdateResults
}

/// An optimizer that a plugin's author writes.
public protocol OptimizerPlugin: Optimizer {
  /// What a pipeline may write.
  static var options: [OptionDeclaration] { get }
  /// Makes an optimizer.
  init(options: OptionValues, host: any HostServices) throws(PluginError)
}

/// An optimizer plugin as the host holds it.
public protocol OptimizerFactory: Sendable {
  /// What the plugin is.
  var identity: PluginIdentity { get }
  /// What a pipeline may write.
  var options: [OptionDeclaration] { get }
  /// Makes an optimizer.
  func make(options: OptionValues) throws(PluginError) -> any Optimizer
}
