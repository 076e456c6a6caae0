/// Why a document was left out.
package enum SkipReason: String, Hashable, Sendable, Codable, CaseIterable {
  /// Some of its bytes are not UTF-8.
  case notUTF8 = "is not UTF-8"
  /// There is no text in it.
  case empty = "has no text"
}

/// A document that was left out.
package struct SkippedDocument: Hashable, Sendable, Codable, CustomStringConvertible {
  package var file: String
  /// From 1 on; nil if the whole file is the document.
  package var line: Int?
  package var reason: SkipReason

  /// For example `corpora/en.jsonl:12: is not UTF-8`.
  package var description: String {
    "\(file)\(line.map { ":\($0)" } ?? ""): \(reason.rawValue)"
  }
}

/// What was found in the files of a corpus.
package struct ReadingReport: Hashable, Sendable, Codable {
  /// Documents read, without those left out.
  package var documents = 0
  /// Bytes of their text in UTF-8.
  package var bytes = 0
  /// Unicode scalars of their text.
  package var characters = 0
  /// Documents left out.
  package var skippedCount = 0
  /// The first of those left out.
  package var skipped: [SkippedDocument] = []

  /// The most documents that ``skipped`` names.
  package static let skippedLimit = 100

  package init() {}

  /// For example `3 documents, 1 left out (c.jsonl:12: is not UTF-8)`.
  package var summary: String {
    let read = "\(documents) \(documents == 1 ? "document" : "documents")"
    guard let first = skipped.first else { return read }
    let more = skippedCount > 1 ? " and others" : ""
    return "\(read), \(skippedCount) left out (\(first)\(more))"
  }

  mutating func skip(_ document: SkippedDocument) {
    skippedCount += 1
    if skipped.count < Self.skippedLimit { skipped.append(document) }
  }

  mutating func count(_ document: Document) {
    documents += 1
    bytes += document.text.count
    characters += document.characterCount
  }
}
