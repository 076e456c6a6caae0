import Glibc

/// Where values of an axis lie on the page, and which of them are marked.
struct Scale: Sendable {
  /// How values become lengths.
  enum Kind: Sendable {
    case linear, logarithmic
  }

  let kind: Kind
  let domain: ClosedRange<Double>
  /// Where the ends of the domain lie, in pixels.
  let from: Double
  let to: Double

  /// A scale over some values, with room at both ends, rounded to what reads well.
  ///
  /// Values that are not finite, or not positive on a logarithmic scale, are left out.
  init(_ kind: Kind, over values: [Double], from: Double, to: Double, margin: Double) {
    let usable = values.filter { $0.isFinite && (kind == .linear || $0 > 0) }
    var low = usable.min() ?? 1
    var high = usable.max() ?? 10
    switch kind {
    case .linear:
      let room = high > low ? (high - low) * margin : max(abs(low) * 0.05, 0.5)
      let startsAtZero = low == 0
      low = startsAtZero ? 0 : low - room
      high += room
    case .logarithmic:
      let room = high > low ? pow(high / low, margin) : 1.5
      low /= room
      high *= room
    }
    self.kind = kind
    self.domain = low...high
    self.from = from
    self.to = to
  }

  /// Where a value lies, in pixels; nil if it has no place on the scale.
  func position(_ value: Double) -> Double? {
    guard value.isFinite, kind == .linear || value > 0 else { return nil }
    let fraction =
      switch kind {
      case .linear: (value - domain.lowerBound) / (domain.upperBound - domain.lowerBound)
      case .logarithmic:
        log(value / domain.lowerBound) / log(domain.upperBound / domain.lowerBound)
      }
    return from + fraction * (to - from)
  }

  /// Round values within the domain, about so many.
  func ticks(about count: Int) -> [Double] {
    guard kind == .logarithmic else { return linearTicks(about: count) }
    let decades = log10(domain.upperBound / domain.lowerBound)
    if decades < 1 { return linearTicks(about: count) }
    let mantissas: [Double] =
      decades * 3 <= Double(count) + 1 ? [1, 2, 5] : decades * 2 <= Double(count) ? [1, 3] : [1]
    let stride = mantissas.count > 1 ? 1 : max(1, Int((decades / Double(count)).rounded(.up)))
    let first = Int(floor(log10(domain.lowerBound)))
    let last = Int(ceil(log10(domain.upperBound)))
    return (first...last).filter { $0.isMultiple(of: stride) }
      .flatMap { exponent in mantissas.map { $0 * pow(10, Double(exponent)) } }
      .filter(domain.contains)
  }

  private func linearTicks(about count: Int) -> [Double] {
    let rough = (domain.upperBound - domain.lowerBound) / Double(max(1, count))
    let power = pow(10, floor(log10(rough)))
    guard let step = [1, 2, 2.5, 5, 10].map({ $0 * power }).first(where: { $0 >= rough * 0.999 })
    else { return [] }
    let first = (domain.lowerBound / step - 1e-9).rounded(.up)
    let last = (domain.upperBound / step + 1e-9).rounded(.down)
    guard first.isFinite, last.isFinite, last >= first, last - first < 100 else { return [] }
    return stride(from: first, through: last, by: 1).map { $0 * step }
  }
}
