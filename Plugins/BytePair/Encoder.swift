/// Joins the bytes of pieces by learnt merges, the earliest learnt first.
struct Encoder: Sendable {
  /// The merges; a merge's number plus 256 is the id that it makes.
  private let table: PairTable
  /// For each pair of bytes the id they join to, or `none`.
  private let bytePairs: [Int32]

  private static let none = Int32.max

  init(_ merges: [Pair]) {
    var table = PairTable(minimumCapacity: merges.count)
    var bytePairs = [Int32](repeating: Self.none, count: 1 << 16)
    for merge in merges {
      let id = Int32(256 + table.insert(merge))
      if merge.left < 256 && merge.right < 256 {
        bytePairs[Int(merge.left << 8 | merge.right)] = id
      }
    }
    self.table = table
    self.bytePairs = bytePairs
  }

  /// Appends the ids of a piece.
  ///
  /// - Complexity: O(n²) in the piece's length, which the division bounds.
  func append(_ piece: Range<Int>, of bytes: [UInt8], to ids: inout [Int32], _ work: inout Work) {
    work.ids.removeAll(keepingCapacity: true)
    work.joined.removeAll(keepingCapacity: true)
    for place in piece {
      work.ids.append(Int32(bytes[place]))
      let isLast = place + 1 == piece.upperBound
      work.joined.append(
        isLast ? Self.none : bytePairs[Int(bytes[place]) << 8 | Int(bytes[place + 1])])
    }
    while true {
      var best = Self.none
      var place = 0
      for (candidate, id) in work.joined.enumerated() where id < best {
        best = id
        place = candidate
      }
      guard best != Self.none else { break }
      work.ids[place] = best
      work.ids.remove(at: place + 1)
      work.joined.remove(at: place + 1)
      work.joined[place] = joined(work.ids, place)
      if place > 0 { work.joined[place - 1] = joined(work.ids, place - 1) }
    }
    ids += work.ids
  }

  /// Room for one piece, kept from piece to piece.
  struct Work {
    /// The ids of the piece so far.
    var ids: [Int32] = []
    /// For each id the one that it and the next would join to, or `none`.
    var joined: [Int32] = []
  }

  private func joined(_ ids: [Int32], _ place: Int) -> Int32 {
    guard place + 1 < ids.count,
      let merge = table.number(of: Pair(left: ids[place], right: ids[place + 1]))
    else { return Self.none }
    return Int32(256 + merge)
  }
}
