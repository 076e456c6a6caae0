import Graphs

/// Steps that run together, as none of them needs what another computes.
///
/// Their pieces are handed out as one, so that threads do not wait for one another at the end of each
/// step.
struct Stage {
  let steps: [Step]
  /// The first phases of all steps at once, then the second ones, and so on.
  let phases: [Phase]
  let checks: [IndexCheck]
  /// Each gives the reason, once, if a run of its step failed.
  let failures: [() -> EngineError?]

  init(_ steps: [Step], threads: Int) {
    self.steps = steps
    checks = steps.flatMap(\.checks)
    failures = steps.compactMap(\.failure)
    guard steps.count > 1 else {
      phases = steps.flatMap(\.phases)
      return
    }
    let phaseCount = steps.map(\.phases.count).max() ?? 0
    phases = (0..<phaseCount).map { place in
      .together(
        steps.enumerated().compactMap { index, step in
          place < step.phases.count ? (index, step.phases[place]) : nil
        }, threads: threads)
    }
  }

  /// The slots that a step of the stage uses.
  var usedSlots: [Int] { steps.flatMap(\.usedSlots) }

  /// Whether a step may put a slot in another's place: it alone uses that one.
  func allows(_ pair: InPlacePair) -> Bool {
    let users = steps.filter { $0.usedSlots.contains(pair.read) }
    return users.count == 1 && users[0].inPlace.contains(pair)
  }
}

extension Stage {
  /// How many of the steps that come next are looked at: those that run earlier than their turn keep
  /// their results for longer.
  private static let foresight = 3

  /// Puts steps that can run in their order into stages.
  ///
  /// Each step that leads one takes along those of the next that wait for nothing. One of a single
  /// piece takes none along: its thread is done with it before another has heard of it.
  static func of(_ steps: [Step], threads: Int) -> [Stage] {
    var stages: [Stage] = []
    var rest = steps[...]
    /// Slots of which the content is not there yet.
    var missing = Set(steps.flatMap(\.writes))
    while let leader = rest.popFirst() {
      var together = [leader]
      var later: [Step] = []
      let next = rest.prefix(leader.isShared ? foresight : 0)
      for step in next {
        let isReady = step.needs.allSatisfy { !missing.contains($0) }
        let isApart = !step.runsAlone || together.allSatisfy { !$0.runsAlone }
        if isReady && isApart { together.append(step) } else { later.append(step) }
      }
      missing.subtract(together.flatMap(\.writes))
      rest = later + rest.dropFirst(next.count)
      stages.append(Stage(together, threads: threads))
    }
    return stages
  }
}

extension Phase {
  /// Phases of the steps of a stage, whose pieces note how long they take.
  ///
  /// The pieces that a thread begins with are those that it would begin with in each phase alone.
  fileprivate static func together(
    _ phases: [(step: Int, phase: Phase)], threads: Int
  ) -> Phase {
    let order = (0..<threads).flatMap { thread in
      phases.flatMap { step, phase in
        let first = phase.pieces * thread / threads
        let end = phase.pieces * (thread + 1) / threads
        return (first..<end).map { (step: step, body: phase.body, piece: $0) }
      }
    }
    return Phase(pieces: order.count) { frame, place, thread in
      let (step, body, piece) = order[place]
      let began = ContinuousClock.now
      body(frame, piece, thread)
      frame.durations(thread)[step] += ContinuousClock.now - began
    }
  }
}
