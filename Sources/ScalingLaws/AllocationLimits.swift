// N  parameters of the model
// D  tokens it was trained on
// C  training FLOPs, counted as 6 N D
import Glibc

/// What an allocation must keep to.
package struct AllocationLimits: Hashable, Sendable, Codable {
  /// A limit that holds an allocation back.
  package enum Limit: String, Hashable, Sendable, Codable {
    case parameters
    case tokens
  }

  /// The greatest N.
  package var parameters: Double?
  /// The greatest D, for instance the unique tokens there are, where none is to be seen twice.
  package var tokens: Double?
  /// The values of the law's variables other than N and D, for instance the unique tokens in a law
  /// of repeated data.
  package var fixed: [String: Double]

  package init(
    parameters: Double? = nil, tokens: Double? = nil, fixed: [String: Double] = [:]
  ) {
    self.parameters = parameters
    self.tokens = tokens
    self.fixed = fixed
  }

  /// Whether nothing holds N or D back.
  var areOpen: Bool { parameters == nil && tokens == nil }

  func check() throws(ScalingLawError) {
    for (name, value) in [("N", parameters), ("D", tokens)] {
      guard let value, !(value >= 1 && value.isFinite) else { continue }
      throw ScalingLawError(
        .invalidArgument, "\(name) is limited to \(value); a limit is a number of 1 or more")
    }
    for (name, value) in fixed.sorted(by: { $0.key < $1.key }) {
      let isAmount = Observations.amounts.contains(name)
      guard !(value.isFinite && (isAmount ? value > 0 : value >= 0)) else { continue }
      throw ScalingLawError(
        .invalidArgument,
        "\(name) is \(value); give it a number \(isAmount ? "above 0" : "of 0 or more")")
    }
  }
}

/// The models of some compute that keep to some limits, from the smallest to the largest.
struct AllocationPath {
  let logProduct: Double
  /// The range of log N; a single point where the limits leave compute unspent.
  let logSizes: ClosedRange<Double>
  /// Whether limits leave compute unspent.
  let isCut: Bool
  let limits: AllocationLimits

  /// Finds the models of some compute.
  ///
  /// - Throws: ``ScalingLawError`` with `noInteriorOptimum` if the compute is not above 6 FLOPs, or
  ///   `invalidArgument` for a limit below 1.
  init(compute: Double, limits: AllocationLimits) throws(ScalingLawError) {
    try limits.check()
    let product = log(compute / 6)
    guard product > 0, product.isFinite else {
      throw ScalingLawError(
        .noInteriorOptimum,
        "compute is \(compute) FLOPs; with 6 FLOPs a parameter and token it must be above 6")
    }
    let greatestSize = limits.parameters.map { log($0) } ?? .infinity
    let greatestTokens = limits.tokens.map { log($0) } ?? .infinity
    let low = max(0, product - greatestTokens)
    let high = min(product, greatestSize)
    isCut = low > high
    logSizes = isCut ? greatestSize...greatestSize : low...high
    logProduct = isCut ? greatestSize + greatestTokens : product
    self.limits = limits
  }
}
