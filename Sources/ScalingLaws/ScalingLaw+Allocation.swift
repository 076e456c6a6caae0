// N  parameters of the model
// D  tokens it was trained on
// C  training FLOPs, counted as 6 N D
import Glibc
package import PluginSDK

extension ScalingLaw {
  /// Predicts the loss of one model, nats a token.
  ///
  /// - Throws: ``ScalingLawError`` with `unsuitableLaw` if the law's variables are not N and D, or
  ///   `lawFailed`.
  package func loss(
    _ theta: [Double], at allocation: Allocation
  ) throws(ScalingLawError) -> Double {
    try losses(theta, sizes: [allocation.parameters], tokens: [allocation.tokens])[0]
  }

  /// The size and tokens of least predicted loss for some compute: in closed form where the law has
  /// one, else by search.
  ///
  /// - Parameters:
  ///   - theta: The law's parameters.
  ///   - compute: FLOPs, counted as 6 N D.
  /// - Returns: N and D with 6 N D = `compute`.
  /// - Throws: ``ScalingLawError`` with `noInteriorOptimum`, `unsuitableLaw` or `lawFailed`.
  package func bestAllocation(
    _ theta: [Double], compute: Double
  ) throws(ScalingLawError) -> Allocation {
    do throws(PluginError) {
      if let closed = try optimum(theta, compute: compute) { return closed }
    } catch {
      throw ScalingLawError(
        error, code: error.status == .unsupported ? .noInteriorOptimum : .lawFailed)
    }
    return try searchedAllocation(theta, compute: compute)
  }

  /// The size and tokens of least predicted loss for some compute, by search.
  ///
  /// A grid over log N finds the valley, and bisection the zero of the slope in it; the relative
  /// error is about 1e-10.
  ///
  /// - Throws: ``ScalingLawError`` with `noInteriorOptimum` if the least loss is at one parameter or
  ///   one token, `unsuitableLaw` or `lawFailed`.
  package func searchedAllocation(
    _ theta: [Double], compute: Double
  ) throws(ScalingLawError) -> Allocation {
    let path = try AllocationPath(compute: compute, limits: AllocationLimits())
    return try searchedAllocation(theta, along: path, mayEnd: false)
  }

  /// The tokens that bring a model of some size to some loss, or nil where no number of tokens from
  /// 1 to 1e30 does.
  ///
  /// With the law of training from scratch and the loss of a continued run this is the data that
  /// run was worth (D_PT in arXiv 2407.02118).
  ///
  /// - Throws: ``ScalingLawError`` with `unsuitableLaw` or `lawFailed`.
  package func tokens(
    _ theta: [Double], parameters size: Double, forLoss loss: Double
  ) throws(ScalingLawError) -> Double? {
    var (low, high) = (0.0, log(1e30))
    let ends = try losses(theta, sizes: [size, size], tokens: [exp(low), exp(high)])
    guard ends[0] >= loss, ends[1] <= loss else { return nil }
    for _ in 0..<80 {
      let middle = 0.5 * (low + high)
      let reached = try losses(theta, sizes: [size], tokens: [exp(middle)])[0]
      if reached > loss { low = middle } else { high = middle }
    }
    return exp(0.5 * (low + high))
  }

  /// The losses of some models, where `fixed` has the values of the variables other than N and D.
  func losses(
    _ theta: [Double], sizes: [Double], tokens: [Double], fixed: [String: Double] = [:]
  ) throws(ScalingLawError) -> [Double] {
    guard theta.count == parameters.count else {
      throw ScalingLawError(
        .unsuitableLaw,
        """
        the law has \(parameters.count) parameters \
        (\(parameters.map(\.name).joined(separator: ", "))) and \(theta.count) were given
        """)
    }
    let columns = try columns(sizes: sizes, tokens: tokens, fixed: fixed)
    do throws(PluginError) {
      return try predict(theta, at: columns, wantsGradients: false).losses
    } catch {
      throw ScalingLawError(error)
    }
  }

  /// The columns of some models, where all other variables have one value.
  func columns(
    sizes: [Double], tokens: [Double], fixed: [String: Double]
  ) throws(ScalingLawError) -> [[Double]] {
    var columns: [[Double]] = []
    for variable in variables {
      switch variable {
      case "N": columns.append(sizes)
      case "D": columns.append(tokens)
      default:
        guard let value = fixed[variable] else {
          throw ScalingLawError(
            .unsuitableLaw,
            """
            the law depends on '\(variable)'; compute is shared out between N and D only, so give \
            '\(variable)' a value or use a law of these two
            """)
        }
        columns.append([Double](repeating: value, count: sizes.count))
      }
    }
    return columns
  }
}
