extension Sequence where Element: Hashable {
  /// Each element once, in the order in which they first come.
  var distinct: [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}

extension Sequence {
  /// The elements of one key together, in the order in which the keys first come.
  func grouped<Key: Hashable>(by key: (Element) -> Key) -> [[Element]] {
    let groups = Dictionary(grouping: self, by: key)
    return map(key).distinct.compactMap { groups[$0] }
  }
}
