extension ForwardPass {
  /// Where to cut the forward pass so that keeping what crosses the cuts, and computing each segment
  /// between them again on its own, holds the fewest bytes at a time.
  ///
  /// What is held is what crosses the cuts, and of one segment what later passes read. Among the
  /// places where little crosses, dynamic programming finds for each of some bounds on a segment the
  /// cuts that keep the least; the best of these counts.
  ///
  /// - Returns: Nodes after which to cut, ascending; none if that would save nothing.
  /// - Complexity: O(nodes · values + places²)
  func cuts() -> [Int] {
    let table = CutTable(self)
    let whole = table.segment(from: -1, to: table.places.count)
    var best: (bytes: Int, cuts: [Int]) = (whole, [])
    var bound = whole
    while bound > 0 {
      guard let cuts = table.cuts(within: bound) else { break }
      let bytes = cuts.kept + cuts.largest
      if bytes < best.bytes || bytes == best.bytes && cuts.places.count < best.cuts.count {
        best = (bytes, cuts.places.map { table.places[$0].node })
      }
      // What fits may be smaller than what was allowed; the next bound is smaller still.
      bound = min(cuts.largest, bound) * 15 / 16
    }
    return best.cuts
  }
}

/// The places where a forward pass may be cut, and what each costs.
private struct CutTable {
  struct Place {
    var node: Int
    /// Those that cross, ascending by the node that computes them.
    var tensors: [(producer: Int, byteCount: Int, isReadLater: Bool)]
  }

  /// More places than this would not be worth the time; the narrowest stay.
  private static let mostPlaces = 256

  let places: [Place]
  /// For each node the bytes up to it that later passes read.
  private let readLater: [Int]

  init(_ forward: ForwardPass) {
    let later = Set(forward.readLater)
    var produced = Array(repeating: 0, count: forward.end)
    for tensor in later { produced[forward.producer(of: tensor)] += forward.byteCount(tensor) }
    var total = 0
    readLater = produced.map { bytes in
      total += bytes
      return total
    }
    var found: [(bytes: Int, place: Place)] = []
    var before: [Int32] = []
    for node in 0..<forward.end {
      let crossing = forward.crossing(node)
      if crossing != before, !crossing.isEmpty {
        let tensors = crossing.map { tensor in
          (forward.producer(of: tensor), forward.byteCount(tensor), later.contains(tensor))
        }
        let place = Place(node: node, tensors: tensors.sorted { $0.0 < $1.0 })
        found.append((tensors.reduce(0) { $0 + $1.1 }, place))
      }
      before = crossing
    }
    found.sort { ($0.bytes, $0.place.node) < ($1.bytes, $1.place.node) }
    places = found.prefix(Self.mostPlaces).map(\.place).sorted { $0.node < $1.node }
  }

  private func node(_ place: Int) -> Int { place < 0 ? -1 : places[place].node }

  /// The bytes of a segment that later passes read and that no cut keeps: from one place, or the
  /// start, to another, or the end.
  func segment(from start: Int, to end: Int) -> Int {
    let first = start < 0 ? 0 : readLater[node(start)]
    guard end < places.count else { return (readLater.last ?? 0) - first }
    var bytes = readLater[node(end)] - first
    for tensor in places[end].tensors where tensor.isReadLater && tensor.producer > node(start) {
      bytes -= tensor.byteCount
    }
    return bytes
  }

  /// The bytes that cross a place and not the one before.
  private func kept(at end: Int, after start: Int) -> Int {
    places[end].tensors.reduce(0) { $0 + ($1.producer > node(start) ? $1.byteCount : 0) }
  }

  /// The cuts that keep the fewest bytes while no segment holds more than a bound; nil if none do.
  func cuts(within bound: Int) -> (kept: Int, largest: Int, places: [Int])? {
    var best: [(kept: Int, previous: Int)?] = []
    for end in 0...places.count {
      var choice: (kept: Int, previous: Int)?
      for start in stride(from: end - 1, through: -1, by: -1) {
        guard let before = start < 0 ? 0 : best[start]?.kept, segment(from: start, to: end) <= bound
        else { continue }
        let kept = before + (end < places.count ? self.kept(at: end, after: start) : 0)
        if kept < choice?.kept ?? .max { choice = (kept, start) }
      }
      best.append(choice)
    }
    guard let last = best[places.count] else { return nil }
    var chosen: [Int] = []
    var (largest, end, start) = (0, places.count, last.previous)
    while true {
      largest = max(largest, segment(from: start, to: end))
      guard start >= 0, let previous = best[start]?.previous else { break }
      chosen.append(start)
      (end, start) = (start, previous)
    }
    return (last.kept, largest, chosen.reversed())
  }
}
