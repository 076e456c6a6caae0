import Glibc

/// The learning rate of every update of a stage: segments, one after the other.
///
/// Updates count from 1. Update k of the n updates of a segment stands at k / n of the way from the
/// segment's first rate to its last, so a warm-up ends on the peak and a decay ends on its final
/// rate.
package struct LearningRateSchedule: Hashable, Sendable {
  /// How the rate moves inside a segment.
  package enum Curve: Hashable, Sendable {
    /// A straight line.
    case line
    /// A half period of the cosine (Loshchilov and Hutter, arXiv 1608.03983, equation 5).
    case halfCosine
    /// The rate of each update, one after the other.
    case rates([Double])
  }

  /// A number of updates over which the rate moves from one value to another.
  package struct Segment: Hashable, Sendable {
    package var updates: Int
    package var start: Double
    package var end: Double
    package var curve: Curve

    /// Creates a segment.
    ///
    /// - Precondition: `updates` is not negative.
    package init(updates: Int, from start: Double, to end: Double, curve: Curve = .line) {
      precondition(updates >= 0, "a segment of \(updates) updates")
      self.updates = updates
      self.start = start
      self.end = end
      self.curve = curve
    }

    /// Creates a segment of updates whose rates are known.
    package init(rates: [Double]) {
      self.init(
        updates: rates.count, from: rates.first ?? 0, to: rates.last ?? 0, curve: .rates(rates))
    }

    /// The rate of update `index`, counted from 1 in this segment.
    fileprivate func rate(at index: Int) -> Double {
      if index == updates { return end }
      let part = Double(index) / Double(updates)
      return switch curve {
      case .line: start + (end - start) * part
      case .halfCosine: end + (start - end) * (1 + cos(.pi * part)) / 2
      case .rates(let rates): rates[index - 1]
      }
    }
  }

  package let segments: [Segment]

  package init(_ segments: [Segment]) { self.segments = segments }

  /// The number of updates of all segments.
  package var updates: Int { segments.reduce(0) { $0 + $1.updates } }

  /// The learning rate of an update, counted from 1; after the last one its rate stays.
  ///
  /// - Precondition: `update` is at least 1.
  /// - Complexity: O(segments).
  package func rate(at update: Int) -> Double {
    precondition(update >= 1, "updates count from 1, not \(update)")
    var index = update
    for segment in segments {
      if index <= segment.updates { return segment.rate(at: index) }
      index -= segment.updates
    }
    return segments.last { $0.updates > 0 }?.end ?? 0
  }

  /// This schedule, followed by another segment.
  package func then(_ segment: Segment) -> LearningRateSchedule {
    LearningRateSchedule(segments + [segment])
  }

  /// A straight line from 0 to the peak.
  package static func warmup(updates: Int, to peak: Double) -> LearningRateSchedule {
    LearningRateSchedule([Segment(updates: updates, from: 0, to: peak)])
  }
}
