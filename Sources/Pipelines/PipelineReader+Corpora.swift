import OrderedCollections
import PluginSDK

extension PipelineReader {
  /// The section `corpora`.
  func readCorpora() -> [CorpusDeclaration]? {
    let meaning = "the sets of text, each under a name"
    guard let field = root.required("corpora", meaning),
      let section = Section(field, expected: "names and corpora")
    else { return nil }
    guard !section.fields.isEmpty else {
      field.report("found no corpus, expected at least one")
      return nil
    }
    let corpora = section.fields.compactMap { name, field in
      readCorpus(field, name: name)
    }
    return corpora.count == section.fields.count ? corpora : nil
  }

  private func readCorpus(_ field: Field, name: String) -> CorpusDeclaration? {
    var isSound = checkName(
      name, of: "corpus", at: field.keyPosition, path: field.path, allowsDots: false,
      findings: findings)
    if name == "plugin" {
      findings.report(
        "'plugin' cannot name a corpus, as stages tell plugins and corpora apart by it; rename it",
        at: field.keyPosition, path: field.path)
      isSound = false
    }
    guard let section = Section(field, expected: "the keys \(listed(SectionKeys.corpus))")
    else { return nil }
    section.refuseUnknown(allowed: [("keys", SectionKeys.corpus)])
    let files = section.required("files", "patterns of file names, as [\"text/*.jsonl\"]")
      .flatMap(readFiles)
    let language = section.required("language", "a BCP 47 tag, as en").flatMap(readLanguage)
    var heldOut: Double? = PipelineDefaults.heldOut
    if let field = section["held_out"] { heldOut = field.fraction(in: .belowOne) }
    var licence: String?
    if let field = section["licence"] {
      licence = field.text(expected: "an SPDX expression or any words")
      isSound = isSound && licence != nil
    }
    var textField: String? = PipelineDefaults.textField
    if let field = section["text"] {
      textField = field.text(
        expected: "the name of the member of a JSON Lines object with the text")
    }
    guard isSound, let files, let language, let heldOut, let textField else { return nil }
    return CorpusDeclaration(
      name: name, files: files, language: language, licence: licence, heldOut: heldOut,
      textField: textField)
  }

  /// The files of all patterns, each once, in the order of the patterns and sorted within each.
  private func readFiles(_ field: Field) -> [String]? {
    guard let elements = field.elements(expected: "patterns, as [\"text/*.jsonl\"]")
    else { return nil }
    var files: OrderedSet<String> = []
    var isComplete = true
    for element in elements {
      guard let pattern = element.text(expected: "a pattern of file names") else {
        isComplete = false
        continue
      }
      switch FilePatterns.expand(pattern, relativeTo: folder) {
      case .files(let found):
        files.append(contentsOf: found)
      case .failure(let reason):
        element.report("'\(pattern)' names no text: \(reason)")
        isComplete = false
      }
    }
    return isComplete ? Array(files) : nil
  }

  private func readLanguage(_ field: Field) -> String? {
    let expected = "a BCP 47 language tag, as en or zh-Hant"
    guard let tag = field.text(expected: expected) else { return nil }
    let parts = tag.split(separator: "-", omittingEmptySubsequences: false)
    let isTag =
      parts.allSatisfy {
        (1...8).contains($0.count) && $0.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
      } && (parts.first.map { $0.count >= 2 && $0.allSatisfy(\.isLetter) } ?? false)
    if !isTag { field.reportMismatch(expected: expected) }
    return isTag ? tag : nil
  }
}
