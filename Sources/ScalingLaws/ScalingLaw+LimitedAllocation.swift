// N  parameters of the model
// D  tokens it was trained on
// C  training FLOPs, counted as 6 N D
import Glibc
package import PluginSDK

/// The best model for some compute, or for some loss.
package struct BestModel: Hashable, Sendable, Codable {
  package var allocation: Allocation
  /// The predicted loss, nats a token.
  package var loss: Double
  /// The FLOPs it takes, 6 N D; less than there are where both limits bind.
  package var compute: Double
  /// The limits that hold it back.
  package var heldBackBy: [AllocationLimits.Limit]
}

extension ScalingLaw {
  /// The model of least predicted loss for some compute, within limits.
  ///
  /// In closed form where the law has one and its optimum keeps to the limits, else by search along
  /// the models of that compute. Where a larger model and more data are both not allowed, the largest
  /// of both is taken, since neither makes a loss worse.
  ///
  /// - Throws: ``ScalingLawError`` with `noInteriorOptimum` where no limit stops a loss that falls
  ///   towards one side without end, `invalidArgument` for a limit below 1, `unsuitableLaw` or
  ///   `lawFailed`.
  package func bestModel(
    _ theta: [Double], compute: Double, limits: AllocationLimits
  ) throws(ScalingLawError) -> BestModel {
    try bestModel(theta, compute: compute, limits: limits, mayEnd: false)
  }

  /// The model of least compute that is predicted to reach some loss, within limits.
  ///
  /// - Throws: ``ScalingLawError`` with `unreachableLoss` if no compute below 1e40 FLOPs, or none
  ///   within the limits, reaches the loss; else as ``bestModel(_:compute:limits:)``.
  package func cheapestModel(
    _ theta: [Double], loss: Double, limits: AllocationLimits
  ) throws(ScalingLawError) -> BestModel {
    try limits.check()
    var most = log(1e40)
    if let size = limits.parameters, let tokens = limits.tokens {
      most = min(most, log(6 * size * tokens))
    }
    var (low, high) = (log(6.0) + 1e-6, most)
    guard loss > 0, loss.isFinite, low < high else {
      throw ScalingLawError(
        .invalidArgument,
        "a loss of \(loss) nats a token cannot be asked for: give a positive number")
    }
    let least = try bestModel(theta, compute: exp(high), limits: limits, mayEnd: true).loss
    guard least <= loss else {
      throw ScalingLawError(
        .unreachableLoss,
        """
        the law predicts no loss of \(loss): within the limits \(exp(high)) FLOPs still give \
        \(least). Ask for more, or raise the limits
        """)
    }
    // 60 halvings of a range of 90 are below the rounding of a loss.
    for _ in 0..<60 {
      let middle = 0.5 * (low + high)
      let reached = try bestModel(theta, compute: exp(middle), limits: limits, mayEnd: true).loss
      if reached > loss { low = middle } else { high = middle }
    }
    return try bestModel(theta, compute: exp(high), limits: limits, mayEnd: false)
  }

  /// As ``bestModel(_:compute:limits:)``; `mayEnd` lets one parameter or one token be best.
  private func bestModel(
    _ theta: [Double], compute: Double, limits: AllocationLimits, mayEnd: Bool
  ) throws(ScalingLawError) -> BestModel {
    let path = try AllocationPath(compute: compute, limits: limits)
    let free = path.isCut ? nil : try closedAllocation(theta, compute: compute, limits: limits)
    let allocation: Allocation
    if let free, limits.areOpen || path.logSizes.contains(log(free.parameters)) {
      allocation = free
    } else {
      allocation = try searchedAllocation(theta, along: path, mayEnd: mayEnd)
    }
    let loss = try losses(
      theta, sizes: [allocation.parameters], tokens: [allocation.tokens], fixed: limits.fixed)[0]
    // The search ends on a limit to the last few digits of log N.
    func isHeld(_ value: Double, _ limit: Double?) -> Bool {
      limit.map { value >= $0 * (1 - 1e-9) } ?? false
    }
    return BestModel(
      allocation: allocation, loss: loss, compute: 6 * allocation.parameters * allocation.tokens,
      heldBackBy: (isHeld(allocation.parameters, limits.parameters) ? [.parameters] : [])
        + (isHeld(allocation.tokens, limits.tokens) ? [.tokens] : []))
  }

  /// The closed form; nil where the law has none, or no optimum that limits could not make one.
  private func closedAllocation(
    _ theta: [Double], compute: Double, limits: AllocationLimits
  ) throws(ScalingLawError) -> Allocation? {
    guard Set(variables) == ["N", "D"] else { return nil }
    do throws(PluginError) {
      return try optimum(theta, compute: compute)
    } catch {
      guard error.status == .unsupported else { throw ScalingLawError(error) }
      guard !limits.areOpen else { throw ScalingLawError(error, code: .noInteriorOptimum) }
      return nil
    }
  }

  /// The model of least loss along a path; `mayEnd` lets an end that no limit made be the best.
  func searchedAllocation(
    _ theta: [Double], along path: AllocationPath, mayEnd: Bool
  ) throws(ScalingLawError) -> Allocation {
    let (first, last) = (path.logSizes.lowerBound, path.logSizes.upperBound)
    let fixed = path.limits.fixed
    func losses(_ logSizes: [Double]) throws(ScalingLawError) -> [Double] {
      try self.losses(
        theta, sizes: logSizes.map { exp($0) },
        tokens: logSizes.map { exp(path.logProduct - $0) }, fixed: fixed)
    }
    let steps = 400
    let grid = (0...steps).map { first + (last - first) * Double($0) / Double(steps) }
    let along = try losses(grid)
    let least = along.indices.min { along[$0] < along[$1] } ?? 0
    let isFirst = least == 0 && first == 0
    let isLast = least == steps && last == path.logProduct
    if !mayEnd, isFirst || isLast {
      throw ScalingLawError(
        .noInteriorOptimum,
        """
        at these coefficients the loss falls all the way to \
        \(isFirst ? "one parameter" : "one token") for \(6 * exp(path.logProduct)) FLOPs, so no size \
        is best; check the exponents
        """)
    }
    var (low, high) = (grid[max(least - 1, 0)], grid[min(least + 1, steps)])
    // A central difference of fourth order: with this width its error and the rounding of the loss
    // are both near 1e-10 of the curvature.
    let width = 0.01
    for _ in 0..<60 where high > low {
      let middle = 0.5 * (low + high)
      let around = try losses([-2, -1, 1, 2].map { middle + $0 * width })
      let slope = 8 * (around[2] - around[1]) - (around[3] - around[0])
      if slope < 0 { low = middle } else { high = middle }
    }
    let logN = 0.5 * (low + high)
    return Allocation(parameters: exp(logN), tokens: exp(path.logProduct - logN))
  }
}
