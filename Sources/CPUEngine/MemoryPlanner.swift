import Graphs

/// Gives each slot its place: slots whose lives do not meet share memory.
struct MemoryPlanner {
  struct Update {
    /// The slot of the variable.
    var variable: Int
    var source: Operand
    var elementCount: Int
  }

  struct MemoryLayout {
    var stages: [Stage]
    var places: [SlotPlace]
    var arenaByteCount: Int
    var commits: [Plan.Commit]
    var uses: [MemoryUse]
  }

  /// The stages during which a slot holds what something needs.
  struct Life: Hashable {
    var first: Int
    var last: Int

    func meets(_ other: Life) -> Bool { first <= other.last && other.first <= last }
  }

  private(set) var slots: [Slot]
  private var stages: [Stage]
  var updates: [Update] = []
  private var lives: [Life?]
  /// The last stage that reads a slot; the end of the run for outputs.
  private var lastReads: [Int]
  /// After the last stage, also after those that `setAside` adds.
  private let end = Int.max

  init(slots: [Slot], stages: [Stage], outputs: [Int]) {
    self.slots = slots
    self.stages = stages
    lives = Array(repeating: nil, count: slots.count)
    lastReads = Array(repeating: -1, count: slots.count)
    for (index, slot) in slots.enumerated() {
      if case .input = slot.kind { lives[index] = Life(first: -1, last: -1) }
    }
    for (index, stage) in stages.enumerated() {
      for slot in stage.usedSlots { use(slot, at: index) }
      for slot in stage.steps.flatMap(\.needs) { lastReads[slot] = index }
    }
    for slot in outputs {
      use(slot, at: end)
      lastReads[slot] = end
    }
  }

  mutating func layout() -> MemoryLayout {
    var places: [SlotPlace?] = slots.map { slot in
      if case .variable(let index) = slot.kind { .variable(index) } else { nil }
    }
    let commits = placeUpdates(&places)
    let shares = shareInPlace(places)
    var owners: [Int: Life] = [:]
    for (slot, life) in lives.enumerated() {
      guard places[slot] == nil, let life else { continue }
      let owner = shares[slot]
      if let other = owners[owner] {
        owners[owner] = Life(
          first: min(life.first, other.first), last: max(life.last, other.last))
      } else {
        owners[owner] = life
      }
    }
    let (offsets, byteCount) = pack(owners)
    let final = slots.indices.map { slot in
      places[slot] ?? .arena(offsets[shares[slot]] ?? 0)
    }
    let uses = owners.map { owner, life in
      let start = offsets[owner] ?? 0
      return MemoryUse(
        bytes: start..<(start + Memory.byteCount(ofElements: slots[owner].elementCount)),
        stages: life.first...life.last)
    }
    return MemoryLayout(
      stages: stages, places: final, arenaByteCount: byteCount, commits: commits, uses: uses)
  }

  private mutating func use(_ slot: Int, at stage: Int) {
    if case .variable = slots[slot].kind { return }
    guard let life = lives[slot] else {
      lives[slot] = Life(first: stage, last: stage)
      return
    }
    lives[slot] = Life(first: min(life.first, stage), last: max(life.last, stage))
  }

  /// Puts new contents where the variable is, if nothing reads the old one any more when they are
  /// written; the others are copied at the end.
  private mutating func placeUpdates(_ places: inout [SlotPlace?]) -> [Plan.Commit] {
    var commits: [Plan.Commit] = []
    // A variable that becomes another's content is read when everything has run.
    for update in updates {
      if case .variable = slots[update.source.slot].kind { lastReads[update.source.slot] = end }
    }
    for update in updates {
      let source = update.source
      if let writer = writer(of: source.slot), source.offset == 0, places[source.slot] == nil,
        case .working = slots[source.slot].kind,
        slots[source.slot].elementCount == update.elementCount,
        lastReads[update.variable] < writer
          || lastReads[update.variable] == writer
            && stages[writer].allows(
              InPlacePair(written: source.slot, read: update.variable))
      {
        places[source.slot] = places[update.variable]
        continue
      }
      var committed = source
      if case .variable = slots[source.slot].kind {
        committed = setAside(source, update.elementCount)
      } else if places[source.slot] != nil {
        committed = setAside(source, update.elementCount)
      }
      while places.count < slots.count { places.append(nil) }
      use(committed.slot, at: end)
      commits.append(
        Plan.Commit(
          variable: update.variable, source: committed, elementCount: update.elementCount))
    }
    return commits
  }

  /// Copies what may be overwritten before it is stored; as the last stage, when it is complete and
  /// no copy to a variable has begun.
  private mutating func setAside(_ source: Operand, _ elementCount: Int) -> Operand {
    let slot = slots.count
    slots.append(Slot(kind: .working, elementCount: elementCount))
    lives.append(nil)
    lastReads.append(end)
    let copy = Operand(slot: slot, offset: 0)
    var step = Step()
    step.reads = [source.slot]
    step.writes = [slot]
    step.phases = [
      Phase(pieces: 1) { frame, _, _ in
        frame.floats(copy).update(from: frame.floats(source), count: elementCount)
      }
    ]
    stages.append(Stage([step], threads: 1))
    return copy
  }

  private func writer(of slot: Int) -> Int? {
    stages.firstIndex { stage in stage.steps.contains { $0.writes.contains(slot) } }
  }

  /// For each slot the one whose memory it takes over: itself, or one that ends where it begins.
  private func shareInPlace(_ places: [SlotPlace?]) -> [Int] {
    var owners = Array(slots.indices)
    var taken: Set<Int> = []
    for (index, stage) in stages.enumerated() {
      for pair in stage.steps.flatMap(\.inPlace) {
        guard places[pair.written] == nil, places[pair.read] == nil,
          owners[pair.written] == pair.written, !taken.contains(pair.read),
          lives[pair.read]?.last == index, lives[pair.written]?.first == index,
          stage.allows(pair),
          slots[pair.written].elementCount == slots[pair.read].elementCount
        else { continue }
        taken.insert(pair.read)
        owners[pair.written] = owners[pair.read]
      }
    }
    return owners
  }

  /// Offsets in bytes: the largest first, each at the lowest place where nothing that lives at the
  /// same time is.
  private func pack(_ lives: [Int: Life]) -> (offsets: [Int: Int], byteCount: Int) {
    var offsets: [Int: Int] = [:]
    var placed: [(life: Life, start: Int, end: Int)] = []
    var byteCount = 0
    let order = lives.sorted {
      (slots[$1.key].elementCount, $0.value.first, $0.key)
        < (slots[$0.key].elementCount, $1.value.first, $1.key)
    }
    for (slot, life) in order {
      let size = Memory.byteCount(ofElements: slots[slot].elementCount)
      var start = 0
      // `placed` is ordered by start.
      for other in placed where other.life.meets(life) {
        if start + size <= other.start { break }
        start = max(start, other.end)
      }
      offsets[slot] = start
      byteCount = max(byteCount, start + size)
      let place = placed.firstIndex { $0.start > start } ?? placed.count
      placed.insert((life, start, start + size), at: place)
    }
    return (offsets, byteCount)
  }
}
