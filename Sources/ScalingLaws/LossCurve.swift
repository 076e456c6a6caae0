import Glibc

/// A loss measured at one amount of training compute.
package struct LossPoint: Hashable, Sendable, Codable {
  /// Training FLOPs.
  package var flops: Double
  /// Nats a token.
  package var loss: Double

  package init(flops: Double, loss: Double) {
    self.flops = flops
    self.loss = loss
  }
}

/// The least loss reached so far, over training compute.
///
/// Between points the log of the loss is linear in the log of the FLOPs; outside of them nothing is
/// known. A loss that goes up again counts as the least before it.
package struct LossCurve: Hashable, Sendable {
  /// The points at which the least loss falls, from least to most compute.
  package let points: [LossPoint]

  /// Creates a curve from points in any order.
  ///
  /// - Precondition: FLOPs and losses are positive and finite.
  package init(_ measured: [LossPoint]) {
    var points: [LossPoint] = []
    for point in measured.sorted(by: { ($0.flops, $0.loss) < ($1.flops, $1.loss) }) {
      precondition(
        point.flops > 0 && point.loss > 0 && point.flops.isFinite && point.loss.isFinite,
        "a loss curve takes positive, finite numbers")
      if points.last.map({ point.loss < $0.loss }) ?? true { points.append(point) }
    }
    self.points = points
  }

  /// The compute at which a loss is first reached, or nil if it is above or below all measured.
  package func flops(atLoss loss: Double) -> Double? {
    guard let next = points.firstIndex(where: { $0.loss <= loss }) else { return nil }
    let after = points[next]
    if after.loss == loss { return after.flops }
    guard next > 0 else { return nil }
    let before = points[next - 1]
    let fraction = log(before.loss / loss) / log(before.loss / after.loss)
    return exp(log(before.flops) + fraction * log(after.flops / before.flops))
  }

  /// The curve with all losses times a factor.
  ///
  /// - Precondition: The factor is positive and finite.
  package func scaled(by factor: Double) -> LossCurve {
    LossCurve(points.map { LossPoint(flops: $0.flops, loss: factor * $0.loss) })
  }

  /// The least loss reached.
  package var least: Double? { points.last?.loss }
}

/// The compute that continuing from another model saves at one loss.
package struct EqualLossSaving: Hashable, Sendable, Codable {
  /// The loss that both reach, nats a token.
  package var loss: Double
  package var scratchFLOPs: Double
  package var continuedFLOPs: Double

  /// The saved share of the FLOPs from scratch; below 0 if continuing took more.
  package var fraction: Double { (scratchFLOPs - continuedFLOPs) / scratchFLOPs }

  /// Measures the saving at a loss.
  ///
  /// - Returns: nil if a curve does not cross that loss.
  package init?(continued: LossCurve, scratch: LossCurve, loss: Double) {
    guard let scratchFLOPs = scratch.flops(atLoss: loss),
      let continuedFLOPs = continued.flops(atLoss: loss)
    else { return nil }
    self.loss = loss
    self.scratchFLOPs = scratchFLOPs
    self.continuedFLOPs = continuedFLOPs
  }

  /// Measures the saving at the least loss that both curves reach.
  ///
  /// - Returns: nil if the curves have no loss in common.
  package init?(continued: LossCurve, scratch: LossCurve) {
    guard let reached = continued.least, let other = scratch.least else { return nil }
    self.init(continued: continued, scratch: scratch, loss: max(reached, other))
  }

  /// Where the saving at the least loss that both curves reach lies, given how well losses are known.
  ///
  /// Held-out losses have the standard error of the text they are measured on, which is one for all
  /// points of a run: so it moves a whole curve. The continued curve is moved against the other by the
  /// errors of both as if they were independent. The text of both runs is the same, which makes their
  /// errors go together, so the interval is wider than it need be. Another seed is not in it.
  ///
  /// - Parameters:
  ///   - continued: The curve of the continued run.
  ///   - scratch: That of the run from scratch.
  ///   - relativeError: The standard error of the log of the ratio of their losses.
  ///   - level: The share between the ends, in 0..<1.
  /// - Returns: An end is open where the moved curves have no loss in common.
  package static func interval(
    continued: LossCurve, scratch: LossCurve, relativeError: Double, level: Double
  ) -> Interval {
    Interval(level: level, relativeError: relativeError) { factor in
      EqualLossSaving(continued: continued.scaled(by: factor), scratch: scratch)?.fraction
    }
  }
}
