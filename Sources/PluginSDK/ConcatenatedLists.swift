/// Lists that lie one after the other in one array: texts of bytes, or the ids of texts.
///
/// A list is the elements from its offset to before the next one, as the C ABI carries them.
public struct ConcatenatedLists<Element: Hashable & Sendable>: Hashable, Sendable {
  /// The elements of all lists.
  public private(set) var elements: [Element] = []
  /// Where each list starts, then the end of the last: one number more than there are lists.
  public private(set) var offsets = [0]

  /// Begins without a list.
  public init() {}

  /// Puts lists one after the other.
  public init(_ lists: some Collection<[Element]>) {
    elements.reserveCapacity(lists.reduce(0) { $0 + $1.count })
    offsets.reserveCapacity(lists.count + 1)
    for list in lists { append(list) }
  }

  /// Takes what another process or another side of the C ABI says to be lists; nil if it is none.
  package init?(elements: [Element], offsets: [Int]) {
    guard offsets.first == 0, offsets.last == elements.count,
      zip(offsets, offsets.dropFirst()).allSatisfy({ $0 <= $1 })
    else { return nil }
    self.elements = elements
    self.offsets = offsets
  }

  /// Puts a list behind the last.
  public mutating func append(_ list: some Collection<Element>) {
    elements.append(contentsOf: list)
    offsets.append(elements.count)
  }
}

extension ConcatenatedLists: RandomAccessCollection {
  /// 0.
  public var startIndex: Int { 0 }
  /// The number of lists.
  public var endIndex: Int { offsets.count - 1 }

  /// A list; its elements keep the places that they have among all.
  ///
  /// - Precondition: There is a list of that number.
  public subscript(index: Int) -> ArraySlice<Element> {
    elements[offsets[index]..<offsets[index + 1]]
  }
}
