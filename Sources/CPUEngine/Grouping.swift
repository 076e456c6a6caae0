import GraphLanguage
import Graphs

/// Which nodes run together.
///
/// Elementwise nodes over the same number of elements that read one another join into a region that
/// passes over memory once; a linear cross-entropy joins its gradient. A group may join another only
/// if no path between them leads through a third.
struct Grouping {
  enum Kind: Hashable {
    /// Elementwise, over a number of elements.
    case region(elementCount: Int)
    /// One node, or a composite and its gradient.
    case kernel
  }

  struct Group {
    var kind: Kind
    /// Nodes, ascending.
    var members: [Int]
    /// Groups whose results it reads.
    var reads: Set<Int> = []
    /// Those of them whose results must be whole before it reads them: not element by element.
    var barriers: Set<Int> = []
  }

  /// The most nodes in a region: its tape may have 256 registers.
  static let regionLimit = 48

  private(set) var groups: [Group?] = []
  /// The group of each node; nil for leaves and for other names of a value.
  private(set) var groupOfNode: [Int?]
  private let graph: Graph
  private let sources: ValueSources
  /// For each group those before it, as bits.
  private var ancestors: [BitSet] = []

  init(_ graph: Graph, _ sources: ValueSources) {
    self.graph = graph
    self.sources = sources
    groupOfNode = Array(repeating: nil, count: graph.nodes.count)
    for index in graph.nodes.indices { place(index) }
  }

  /// The groups in an order in which they can run, each as early as its latest node allows.
  func order() -> [Int] {
    let priorities = priorities()
    var waiting: [Int: Int] = [:]
    var readers: [Int: [Int]] = [:]
    var ready: [(priority: Int, group: Int)] = []
    func insert(_ group: Int, _ priority: Int) {
      var low = 0
      var high = ready.count
      while low < high {
        let middle = (low + high) / 2
        if ready[middle].priority > priority { low = middle + 1 } else { high = middle }
      }
      ready.insert((priority, group), at: low)
    }
    for (index, group) in groups.enumerated() {
      guard let group else { continue }
      waiting[index] = group.reads.count
      for read in group.reads { readers[read, default: []].append(index) }
      if group.reads.isEmpty { insert(index, priorities[index]) }
    }
    var order: [Int] = []
    while let next = ready.popLast() {
      order.append(next.group)
      for reader in readers[next.group] ?? [] {
        waiting[reader, default: 0] -= 1
        if waiting[reader] == 0 { insert(reader, priorities[reader]) }
      }
    }
    precondition(order.count == groups.count { $0 != nil }, "the groups read one another in a ring")
    return order
  }

  /// When each group is to run: where its latest node stands.
  ///
  /// Machine code does not fuse, so the tensors made for it alone wait for it in memory. It runs as
  /// soon as the latest of them is there, and so does what it waits for besides.
  private func priorities() -> [Int] {
    var priorities = groups.map { $0?.members.last ?? 0 }
    func hurry(_ group: Int, to priority: Int) {
      guard priority < priorities[group] else { return }
      priorities[group] = priority
      for read in groups[group]?.reads ?? [] { hurry(read, to: priority) }
    }
    for node in graph.nodes {
      guard case .elementwise(let function, _) = node.operation,
        let group = groupOfNode[graph.producers[Int(node.results[0].id)]]
      else { continue }
      let tensors = node.inputs.prefix(function.updatedCount + function.readCount)
      hurry(group, to: tensors.map { graph.producers[Int($0.id)] }.max() ?? 0)
    }
    return priorities
  }

  /// The values whose memory a node reads: an elementwise node sees through patterns.
  func valuesRead(by node: Graph.Node) -> [Int32] {
    let seesThrough = node.regionElementCount != nil
    return node.inputs.compactMap { input in
      guard let pattern = sources.pattern(input) else { return sources.root(input).value }
      guard seesThrough else { return sources.root(input).value }
      if case .value(let origin) = pattern.origin { return origin }
      return nil
    }
  }

  private mutating func place(_ index: Int) {
    let node = graph.nodes[index]
    switch node.operation {
    case .variable, .input: return
    case .language, .gradient, .elementwise:
      guard node.results.contains(where: { sources.root($0).value == $0.id }) else { return }
    }
    let reads = Set(valuesRead(by: node).compactMap { groupOfNode[graph.producers[Int($0)]] })
    if let count = node.regionElementCount {
      placeInRegion(index, count, reads)
    } else if let forward = forwardGroup(of: node), canJoin(forward, reads) {
      join(index, to: forward, reads)
    } else {
      append(Group(kind: .kernel, members: [index], reads: reads), for: index)
    }
  }

  private mutating func placeInRegion(_ index: Int, _ count: Int, _ reads: Set<Int>) {
    let kind = Kind.region(elementCount: count)
    let barriers = groupsReadWhole(by: graph.nodes[index])
    var home: Int?
    for candidate in reads.sorted() where groups[candidate]?.kind == kind {
      if barriers.contains(candidate) || !isOfOneSection(candidate, index) { continue }
      guard let current = home else {
        if size(candidate) < Self.regionLimit, canJoin(candidate, reads) { home = candidate }
        continue
      }
      if size(current) + size(candidate) < Self.regionLimit, canMerge(current, candidate, reads) {
        merge(candidate, into: current)
      }
    }
    if let home {
      // Merging has renamed groups.
      let current = Set(
        valuesRead(by: graph.nodes[index]).compactMap { groupOfNode[graph.producers[Int($0)]] })
      join(index, to: home, current)
      let renamed = groupsReadWhole(by: graph.nodes[index])
      groups[home]?.barriers.formUnion(renamed)
    } else {
      append(Group(kind: kind, members: [index], reads: reads, barriers: barriers), for: index)
    }
  }

  /// The groups of which an elementwise node reads a whole sum, a part, or elements that repeat.
  private func groupsReadWhole(by node: Graph.Node) -> Set<Int> {
    Set(
      node.inputs.compactMap { input in
        let root = sources.root(input)
        var value = root.value
        if let pattern = sources.pattern(input) {
          guard case .value(let origin) = pattern.origin else { return nil }
          value = origin
        } else {
          let source = graph.values[Int(value)]
          let isWhole =
            root.offset == 0 && source.shape.elementCount == input.shape.elementCount
            && !graph.producer(of: source).isWholeSum
          if isWhole { return nil }
        }
        return groupOfNode[graph.producers[Int(value)]]
      })
  }

  /// Whether a node is there for what a group is there for.
  ///
  /// What the backward pass computes beside a forward region would have to be kept until then.
  private func isOfOneSection(_ group: Int, _ node: Int) -> Bool {
    guard let first = groups[group]?.members.first else { return false }
    return graph.nodes[first].section == graph.nodes[node].section
  }

  private func size(_ group: Int) -> Int { groups[group]?.members.count ?? 0 }

  /// The group of the linear cross-entropy whose gradient a node is.
  private func forwardGroup(of node: Graph.Node) -> Int? {
    guard case .gradient(.linearCrossEntropy) = node.operation else { return nil }
    let inputs = Array(node.inputs.dropLast())
    let forward = graph.nodes.firstIndex {
      $0.operation == .language(.linearCrossEntropy) && $0.inputs == inputs
    }
    guard let forward, let group = groupOfNode[forward], size(group) == 1 else { return nil }
    return group
  }

  /// Whether nothing that is read comes after the group, other than from the group itself.
  private func canJoin(_ group: Int, _ reads: Set<Int>) -> Bool {
    reads.allSatisfy { $0 == group || !ancestors[$0].contains(group) }
  }

  private func canMerge(_ first: Int, _ second: Int, _ reads: Set<Int>) -> Bool {
    func isApart(_ group: Int, _ other: Int) -> Bool {
      (groups[group]?.reads ?? []).allSatisfy { $0 == other || !ancestors[$0].contains(other) }
    }
    let isBarred =
      groups[first]?.barriers.contains(second) == true
      || groups[second]?.barriers.contains(first) == true
    return !isBarred && canJoin(second, reads) && isApart(first, second)
      && isApart(second, first)
  }

  private mutating func append(_ group: Group, for node: Int) {
    var before = BitSet()
    for read in group.reads {
      before.insert(read)
      before.formUnion(ancestors[read])
    }
    groupOfNode[node] = groups.count
    groups.append(group)
    ancestors.append(before)
  }

  private mutating func join(_ node: Int, to group: Int, _ reads: Set<Int>) {
    groups[group]?.members.append(node)
    groupOfNode[node] = group
    let new = reads.subtracting([group])
    groups[group]?.reads.formUnion(new)
    var before = ancestors[group]
    for read in new {
      before.insert(read)
      before.formUnion(ancestors[read])
    }
    spread(before, from: group)
  }

  private mutating func merge(_ gone: Int, into kept: Int) {
    guard let group = groups[gone] else { return }
    groups[gone] = nil
    groups[kept]?.members.append(contentsOf: group.members)
    groups[kept]?.members.sort()
    groups[kept]?.reads.formUnion(group.reads)
    groups[kept]?.reads.subtract([gone, kept])
    groups[kept]?.barriers.formUnion(group.barriers)
    for member in group.members { groupOfNode[member] = kept }
    var before = ancestors[kept]
    before.formUnion(ancestors[gone])
    before.remove(gone)
    before.remove(kept)
    for other in groups.indices {
      if groups[other]?.reads.remove(gone) != nil { groups[other]?.reads.insert(kept) }
      if groups[other]?.barriers.remove(gone) != nil { groups[other]?.barriers.insert(kept) }
      if ancestors[other].contains(gone) {
        ancestors[other].remove(gone)
        ancestors[other].insert(kept)
      }
    }
    spread(before, from: kept)
  }

  /// Gives a group new ancestors, and so all that come after it.
  private mutating func spread(_ before: BitSet, from group: Int) {
    ancestors[group] = before
    for other in groups.indices where ancestors[other].contains(group) {
      ancestors[other].formUnion(before)
    }
  }
}

/// A set of small numbers.
struct BitSet {
  private var words: [UInt64] = []

  func contains(_ element: Int) -> Bool {
    let word = element >> 6
    return word < words.count && words[word] >> UInt64(element & 63) & 1 == 1
  }

  mutating func insert(_ element: Int) {
    let word = element >> 6
    while words.count <= word { words.append(0) }
    words[word] |= 1 << UInt64(element & 63)
  }

  mutating func remove(_ element: Int) {
    let word = element >> 6
    if word < words.count { words[word] &= ~(1 << UInt64(element & 63)) }
  }

  mutating func formUnion(_ other: BitSet) {
    while words.count < other.words.count { words.append(0) }
    for index in other.words.indices { words[index] |= other.words[index] }
  }
}

extension Graph.Node {
  /// The number of elements that an elementwise node, or a sum of all elements, passes over.
  var regionElementCount: Int? {
    switch operation {
    case .language(let operation):
      switch operation {
      case .unary, .binary, .compare, .select, .convert, .swiGLU, .gelu:
        return results[0].shape.elementCount
      case .reduce: return isWholeSum ? inputs[0].shape.elementCount : nil
      default: return nil
      }
    case .gradient(.swiGLU), .gradient(.gelu): return inputs[0].shape.elementCount
    default: return nil
    }
  }

  /// Whether the node adds up all elements of its input.
  var isWholeSum: Bool {
    guard case .language(.reduce(.sum, _)) = operation else { return false }
    return results[0].shape.elementCount == 1 && inputs[0].shape.elementCount > 1
  }
}
