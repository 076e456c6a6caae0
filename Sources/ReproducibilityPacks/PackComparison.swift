package import Experiments

/// One number that a study states, before and after a replay.
package struct ComparedNumber: Hashable, Sendable {
  /// Which number: stage, size, corpus, step, kind.
  package var what: String
  /// Nil if the study did not state it.
  package var original: Double?
  /// Nil if the replay did not state it.
  package var replayed: Double?

  /// Whether both are there, or neither, with the same 64 bits.
  package var sameBits: Bool { original?.bitPattern == replayed?.bitPattern }
}

/// Every number of a study beside that of its replay; times are left out.
package struct PackComparison: Hashable, Sendable {
  /// In the order in which the study states them, then those that only the replay states.
  package var numbers: [ComparedNumber]

  /// Those that came out differently.
  package var differing: [ComparedNumber] { numbers.filter { !$0.sameBits } }

  /// Whether every number came out with the same bits.
  package var isSame: Bool { numbers.allSatisfy(\.sameBits) }

  /// Compares the two number by number.
  package static func compare(original: StudyResults, replayed: StudyResults) -> PackComparison {
    // A study of before there were intervals states none; a replay of it does.
    let before = StatedNumbers(original, withIntervals: original.hasIntervals)
    let after = StatedNumbers(replayed, withIntervals: original.hasIntervals)
    let names = before.names + after.names.filter { before.values[$0] == nil }
    return PackComparison(
      numbers: names.map { name in
        ComparedNumber(what: name, original: before.values[name], replayed: after.values[name])
      })
  }

  /// The outcome in a sentence, with the first few differences below it.
  package var summary: String {
    let differing = differing
    guard !differing.isEmpty else {
      return numbers.isEmpty
        ? "The study states no numbers."
        : "All \(numbers.count) stated numbers came out with the same bits."
    }
    let shown = 20
    func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "not stated" }
    var lines = [
      "\(differing.count) of \(numbers.count) stated numbers came out differently:"
    ]
    lines += differing.prefix(shown).map { number in
      "  \(number.what): \(text(number.original)) became \(text(number.replayed))"
    }
    if differing.count > shown { lines.append("  and \(differing.count - shown) more") }
    return lines.joined(separator: "\n")
  }
}
