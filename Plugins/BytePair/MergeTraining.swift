import PluginSDK

/// Learns merges: again and again the most frequent pair of neighbours becomes one new id.
///
/// Sennrich, Haddow and Birch 2016 (arXiv 1508.07909), on bytes. Of pairs that are equally frequent
/// the one with the smaller left id comes first, then that with the smaller right id. A pair's count
/// only ever falls after the step that made it, so a heap with stale counts is enough: an entry is
/// put back with the true count when it comes up.
struct MergeTraining {
  /// The ids of all pieces, one piece after the other; a piece that has shrunk leaves a gap.
  private var ids: [Int32]
  private let starts: [Int]
  private var lengths: [Int]
  private let weights: [Int]

  private var table = PairTable()
  /// How often each pair occurs, by the number of the pair.
  private var counts: [Int] = []
  /// The pieces that each pair occurs in, or once did.
  private var pieces: [[Int32]] = []
  private var heap = PairHeap()

  /// Prepares to learn from pieces and how often they occur.
  init(_ pieceCounts: PieceCounts) {
    ids = pieceCounts.bytes.map(Int32.init)
    starts = Array(pieceCounts.starts.dropLast())
    lengths = zip(pieceCounts.starts.dropFirst(), pieceCounts.starts).map { $0 - $1 }
    weights = pieceCounts.counts
    for piece in starts.indices {
      for place in starts[piece]..<(starts[piece] + max(1, lengths[piece]) - 1) {
        add(Pair(left: ids[place], right: ids[place + 1]), in: piece, weight: weights[piece])
      }
    }
    for number in counts.indices { heap.push(entry(number)) }
  }

  /// Learns the merges, the first of which makes the id 256.
  ///
  /// - Parameters:
  ///   - limit: The most merges.
  ///   - minimumFrequency: Pairs that are rarer stay apart.
  ///   - host: Asked after every merge whether to go on.
  /// - Returns: The merges in the order in which they were learnt.
  /// - Throws: ``PluginError`` with `cancelled`.
  mutating func merges(
    limit: Int, minimumFrequency: Int, host: any HostServices
  ) throws(PluginError) -> [Pair] {
    var merges: [Pair] = []
    while merges.count < limit, let top = heap.pop() {
      let count = counts[top.number]
      if count < top.count {
        if count >= minimumFrequency { heap.push(entry(top.number)) }
        continue
      }
      guard count >= minimumFrequency else { break }
      join(top.number, into: Int32(256 + merges.count))
      merges.append(top.pair)
      guard !host.isCancelled else {
        throw PluginError(.cancelled, "training stopped after \(merges.count) merges")
      }
      if merges.count % 128 == 0 {
        host.progress(0.5 + 0.5 * Double(merges.count) / Double(limit), "joining pairs")
      }
    }
    return merges
  }

  /// Replaces a pair everywhere by a new id.
  private mutating func join(_ number: Int, into id: Int32) {
    let pair = table.pairs[number]
    let firstNew = table.pairs.count
    let touched = pieces[number]
    pieces[number] = []
    for piece in touched { join(pair, into: id, in: Int(piece)) }
    counts[number] = 0
    for new in firstNew..<table.pairs.count where counts[new] > 0 { heap.push(entry(new)) }
  }

  private mutating func join(_ pair: Pair, into id: Int32, in piece: Int) {
    let start = starts[piece]
    let end = start + lengths[piece]
    let weight = weights[piece]
    var read = start
    var write = start
    while read < end {
      let isPair = read + 1 < end && ids[read] == pair.left && ids[read + 1] == pair.right
      guard isPair else {
        ids[write] = ids[read]
        read += 1
        write += 1
        continue
      }
      if write > start {
        subtract(Pair(left: ids[write - 1], right: pair.left), weight: weight)
        add(Pair(left: ids[write - 1], right: id), in: piece, weight: weight)
      }
      if read + 2 < end {
        subtract(Pair(left: pair.right, right: ids[read + 2]), weight: weight)
        add(Pair(left: id, right: ids[read + 2]), in: piece, weight: weight)
      }
      ids[write] = id
      read += 2
      write += 1
    }
    lengths[piece] = write - start
  }

  private mutating func add(_ pair: Pair, in piece: Int, weight: Int) {
    let number = table.insert(pair)
    if number == counts.count {
      counts.append(0)
      pieces.append([])
    }
    counts[number] += weight
    if pieces[number].last != Int32(piece) { pieces[number].append(Int32(piece)) }
  }

  private mutating func subtract(_ pair: Pair, weight: Int) {
    if let number = table.number(of: pair) { counts[number] -= weight }
  }

  private func entry(_ number: Int) -> PairHeap.Entry {
    PairHeap.Entry(count: counts[number], pair: table.pairs[number], number: number)
  }
}
