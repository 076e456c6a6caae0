/// Returns the word that is most likely meant, or nil if none is near.
///
/// Near is an edit distance (Damerau-Levenshtein, optimal string alignment) of at most a third of
/// the longer word, and at least 1, or the beginning of a word, as `vocab`; case makes no
/// difference.
func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
  var best: (word: String, distance: Int)?
  for candidate in candidates {
    let (written, meant) = (word.lowercased(), candidate.lowercased())
    let limit = max(1, (max(written.count, meant.count) + 1) / 3)
    let isBeginning = written.count >= 3 && meant.hasPrefix(written)
    let distance = isBeginning ? 1 : editDistance(Array(written), Array(meant))
    let isNear = distance <= limit && distance < min(written.count, meant.count)
    if isNear, distance < best?.distance ?? .max { best = (candidate, distance) }
  }
  return best?.word
}

/// A question to end a message with, or nothing.
func suggestion(for word: String, among candidates: some Sequence<String>) -> String {
  nearest(to: word, among: candidates).map { "; did you mean '\($0)'?" } ?? ""
}

/// Words as a sentence lists them: `a, b and c`.
func listed(_ words: [String], conjunction: String = "and") -> String {
  guard let last = words.last, words.count > 1 else { return words.first ?? "none" }
  return "\(words.dropLast().joined(separator: ", ")) \(conjunction) \(last)"
}

/// The least number of characters to insert, delete, replace or swap with their neighbour.
private func editDistance(_ source: [Character], _ target: [Character]) -> Int {
  var previous = [Int](repeating: 0, count: target.count + 1)
  var current = Array(0...target.count)
  for row in source.indices {
    let beforePrevious = previous
    previous = current
    current[0] = row + 1
    for column in target.indices {
      let isEqual = source[row] == target[column]
      var cost = min(
        previous[column] + (isEqual ? 0 : 1), previous[column + 1] + 1, current[column] + 1)
      if row > 0, column > 0, source[row] == target[column - 1], source[row - 1] == target[column] {
        cost = min(cost, beforePrevious[column - 1] + 1)
      }
      current[column + 1] = cost
    }
  }
  return current[target.count]
}
