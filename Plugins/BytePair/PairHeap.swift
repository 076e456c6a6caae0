/// Pairs by how often they were last known to occur, the most frequent first.
struct PairHeap {
  struct Entry {
    var count: Int
    var pair: Pair
    /// The pair's number in the table.
    var number: Int

    func precedes(_ other: Entry) -> Bool {
      count != other.count ? count > other.count : pair.word < other.pair.word
    }
  }

  private var entries: [Entry] = []

  mutating func push(_ entry: Entry) {
    entries.append(entry)
    var child = entries.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard entries[child].precedes(entries[parent]) else { return }
      entries.swapAt(child, parent)
      child = parent
    }
  }

  /// Takes out the first entry; nil if there is none.
  mutating func pop() -> Entry? {
    guard let top = entries.first, let last = entries.popLast() else { return nil }
    guard !entries.isEmpty else { return top }
    entries[0] = last
    var parent = 0
    while true {
      var child = 2 * parent + 1
      guard child < entries.count else { return top }
      if child + 1 < entries.count && entries[child + 1].precedes(entries[child]) { child += 1 }
      guard entries[child].precedes(entries[parent]) else { return top }
      entries.swapAt(child, parent)
      parent = child
    }
  }
}
