import Experiments

extension Report {
  /// What is missing where a study is not finished; nothing where it is.
  func unfinishedSection() -> Markup {
    guard let sentence = unfinished() else { return [] }
    return section("This study is not finished", id: "unfinished", .paragraph(sentence))
  }

  /// The runs that are missing, in a sentence, or nil if there are none.
  func unfinished() -> String? {
    let missing = results.missingRuns
    guard !missing.isEmpty else { return nil }
    return
      "\(missing.count) of \(results.runs.count + missing.count) runs of the pipeline are missing: "
      + NumberText.list(missing) + "."
  }
}
