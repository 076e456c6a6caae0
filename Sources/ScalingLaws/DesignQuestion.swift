// N  parameters of the model
// D  tokens it was trained on
// C  training FLOPs, counted as 6 N D
import Foundation
package import PluginSDK

/// What the next runs are to tell.
package enum DesignQuestion: Hashable, Sendable, Codable, CustomStringConvertible {
  /// The best N for some compute.
  case optimalParameters(compute: Double)
  /// The best D for some compute.
  case optimalTokens(compute: Double)
  /// The loss of one model.
  case loss(parameters: Double, tokens: Double)
  /// A parameter of the law.
  case parameter(String)

  /// Reads a question: `N* at 1e21`, `D* at 1e21`, `loss at N=1e9, D=2e10`, or a parameter's name.
  ///
  /// - Throws: ``ScalingLawError`` with `invalidArgument` for anything else, with what is allowed.
  package init(_ text: String, law: any ScalingLaw) throws(ScalingLawError) {
    let words = text.split(whereSeparator: { " ,\t".contains($0) }).map(String.init)
    if words.count == 1, law.parameters.contains(where: { $0.name == words[0] }) {
      self = .parameter(words[0])
      return
    }
    if words.count == 3, words[1] == "at", let compute = Self.positive(words[2]) {
      switch words[0] {
      case "N*":
        self = .optimalParameters(compute: compute)
        return
      case "D*":
        self = .optimalTokens(compute: compute)
        return
      default: break
      }
    }
    if words.count == 4, words[0] == "loss", words[1] == "at",
      words[2].hasPrefix("N="), let parameters = Self.positive(words[2].dropFirst(2)),
      words[3].hasPrefix("D="), let tokens = Self.positive(words[3].dropFirst(2))
    {
      self = .loss(parameters: parameters, tokens: tokens)
      return
    }
    throw ScalingLawError(
      .invalidArgument,
      """
      '\(text)' is not a question that a design can answer: ask for "N* at 1e21", "D* at 1e21", \
      "loss at N=1e9, D=2e10", or a parameter of the law \
      (\(law.parameters.map(\.name).joined(separator: ", ")))
      """)
  }

  private static func positive(_ text: some StringProtocol) -> Double? {
    Double(String(text)).flatMap { $0 > 0 && $0.isFinite ? $0 : nil }
  }

  package var description: String {
    switch self {
    case .optimalParameters(let compute): "N* at \(compute)"
    case .optimalTokens(let compute): "D* at \(compute)"
    case .loss(let parameters, let tokens): "loss at N=\(parameters), D=\(tokens)"
    case .parameter(let name): name
    }
  }

  /// Whether the answer is judged by its logarithm, so that its standard error is relative.
  package var isRelative: Bool {
    switch self {
    case .optimalParameters, .optimalTokens: true
    case .loss, .parameter: false
    }
  }

  /// The answer at some parameters, as its logarithm where it is relative.
  ///
  /// - Parameters:
  ///   - law: The law.
  ///   - theta: Its parameters.
  ///   - fixed: The values of the law's variables other than N and D.
  /// - Returns: A number in the unit of what is asked, or its natural logarithm.
  /// - Throws: As ``ScalingLaw/bestModel(_:compute:limits:)``.
  func answer(
    _ law: any ScalingLaw, _ theta: [Double], fixed: [String: Double]
  ) throws(ScalingLawError) -> Double {
    let limits = AllocationLimits(fixed: fixed)
    switch self {
    case .optimalParameters(let compute):
      return log(try law.bestModel(theta, compute: compute, limits: limits).allocation.parameters)
    case .optimalTokens(let compute):
      return log(try law.bestModel(theta, compute: compute, limits: limits).allocation.tokens)
    case .loss(let parameters, let tokens):
      return try law.losses(theta, sizes: [parameters], tokens: [tokens], fixed: fixed)[0]
    case .parameter(let name):
      guard let index = law.parameters.firstIndex(where: { $0.name == name }) else {
        throw ScalingLawError(.invalidArgument, "the law has no parameter '\(name)'")
      }
      return theta[index]
    }
  }
}
