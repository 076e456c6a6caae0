import PluginSDK

/// Returns the word that is most likely meant, or nil if none is near.
///
/// Near is an edit distance of at most a third of the longer word, and at least 1, or the beginning
/// of a word, as `vocab`; case makes no difference.
func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
  var best: (word: String, distance: Int)?
  for candidate in candidates {
    let (written, meant) = (word.lowercased(), candidate.lowercased())
    let limit = max(1, (max(written.count, meant.count) + 1) / 3)
    let isBeginning = written.count >= 3 && meant.hasPrefix(written)
    let distance = isBeginning ? 1 : written.editDistance(to: meant)
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
