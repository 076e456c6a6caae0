/// What a parameter does in a law; the raw values are those of the C ABI.
public enum LawRole: UInt32, Hashable, Sendable, CaseIterable, Codable {
  /// The loss is linear in it and it is at least 0: E, A, B.
  case coefficient = 1
  /// A power of N or D: alpha, beta, gamma.
  case exponent
  /// Anything else.
  case shape
}

/// A parameter of a law.
public struct LawParameter: Hashable, Sendable {
  /// The name in letters, digits and underscores: `E`, `alpha`.
  public var name: String
  /// What it does in the form.
  public var role: LawRole
  /// Where a fit may look.
  public var bounds: ClosedRange<Double>
  /// The unit: `nats`, `1`.
  public var unit: String

  /// Creates a parameter.
  public init(_ name: String, _ role: LawRole, bounds: ClosedRange<Double>, unit: String) {
    self.name = name
    self.role = role
    self.bounds = bounds
    self.unit = unit
  }
}

/// Predictions of a law at some points.
public struct LawPrediction: Hashable, Sendable {
  /// The loss at each point, nats a token.
  public var losses: [Double]
  /// For each point the derivative by each parameter, point after point; empty if not asked for.
  public var gradients: [Double]

  /// Creates a prediction.
  public init(losses: [Double], gradients: [Double]) {
    self.losses = losses
    self.gradients = gradients
  }
}

/// A model size and a number of tokens.
public struct Allocation: Hashable, Sendable, Codable {
  /// N.
  public var parameters: Double
  /// D.
  public var tokens: Double

  /// Creates an allocation.
  public init(parameters: Double, tokens: Double) {
    self.parameters = parameters
    self.tokens = tokens
  }
}

/// A form that predicts a loss; the host fits it.
///
/// Laws: the gradient equals finite differences; fitted to its own predictions it recovers its
/// coefficients; its closed-form optimum equals a numeric minimum.
public protocol ScalingLaw: Sendable {
  /// The variables of a point: `N` (parameters), `D` (tokens), `C` (FLOPs), `U` (different tokens), `r`
  /// or `p` (a share of the data), or others.
  var variables: [String] { get }
  /// The parameters, in the order of `theta`.
  var parameters: [LawParameter] { get }

  /// Predicts the loss.
  ///
  /// - Parameters:
  ///   - theta: A number for each parameter.
  ///   - columns: For each variable its values at all points: positive, of variables other than N, D,
  ///     C and U perhaps 0.
  ///   - wantsGradients: Whether derivatives are needed.
  /// - Returns: A loss for each point, and the derivatives where they are wanted.
  /// - Throws: ``PluginError`` if the law cannot be evaluated there.
  func predict(
    _ theta: [Double], at columns: [[Double]], wantsGradients: Bool
  ) throws(PluginError) -> LawPrediction

  /// Returns the N and D of least loss with 6 N D = `compute`, in closed form; nil if the law has
  /// none.
  ///
  /// - Throws: ``PluginError`` with `unsupported` if these coefficients have no interior optimum.
  func optimum(_ theta: [Double], compute: Double) throws(PluginError) -> Allocation?
}

/// A scaling law that a plugin's author writes.
public protocol ScalingLawPlugin: ScalingLaw {
  /// What a pipeline may write.
  static var options: [OptionDeclaration] { get }
  /// Makes a law.
  init(options: OptionValues, host: any HostServices) throws(PluginError)
}

/// A scaling-law plugin as the host holds it.
public protocol ScalingLawFactory: Sendable {
  /// What the plugin is.
  var identity: PluginIdentity { get }
  /// What a pipeline may write.
  var options: [OptionDeclaration] { get }
  /// Makes a law.
  func make(options: OptionValues) throws(PluginError) -> any ScalingLaw
}
