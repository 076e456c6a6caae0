import FoundationEssentials

/// Where the text of a corpus lies and how it is divided.
package struct CorpusDefinition: Hashable, Sendable {
  /// As the pipeline names it.
  package var name: String
  /// Files, and folders whose files are read, in this order.
  package var files: [String]
  /// The member of a JSON Lines object that holds the text.
  package var textField: String
  /// The part of the documents that is held out, in 0..<1.
  package var heldOut: Double

  package init(name: String, files: [String], textField: String = "text", heldOut: Double = 0) {
    self.name = name
    self.files = files
    self.textField = textField
    self.heldOut = heldOut
  }
}

/// The documents of some files, one at a time and in order.
///
/// `.jsonl` and `.ndjson` files have one JSON object a line, blank lines between them do not count;
/// every other file is one document. Either may be zstd-compressed, with `.zst` after its name. A
/// byte-order mark at the start of a file is dropped. Documents that are not UTF-8 or have no text
/// are left out and reported.
package struct DocumentReader: ~Copyable {
  /// What has been read so far.
  package private(set) var report = ReadingReport()
  /// The files, folders resolved.
  package let files: [String]

  private let textField: String
  private let decoder: JSONDecoder
  private var nextFile = 0
  private var lines: LineReader?

  /// Prepares to read the files of a corpus; none is opened yet.
  ///
  /// - Throws: ``CorpusError`` with `fileAccess` if a folder cannot be listed.
  package init(_ corpus: CorpusDefinition) throws(CorpusError) {
    var files: [String] = []
    for path in corpus.files { files += try FileTree.files(at: path) }
    self.files = files
    textField = corpus.textField
    decoder = JSONLine.decoder(textField: corpus.textField)
  }

  /// The next document, or nil after the last.
  ///
  /// - Throws: ``CorpusError`` with file and line if a file cannot be read or breaks its format.
  package mutating func next() throws(CorpusError) -> Document? {
    while true {
      if lines != nil {
        if let document = try nextLine() { return document }
        lines = nil
        nextFile += 1
      }
      guard nextFile < files.count else { return nil }
      if Self.isJSONLines(files[nextFile]) {
        lines = LineReader(try ByteStream(path: files[nextFile]))
      } else {
        nextFile += 1
        if let document = try wholeFile(files[nextFile - 1]) { return document }
      }
    }
  }

  /// Reads everything and says what there is.
  package static func survey(_ corpus: CorpusDefinition) throws(CorpusError) -> ReadingReport {
    var reader = try DocumentReader(corpus)
    while try reader.next() != nil {}
    return reader.report
  }

  private mutating func wholeFile(_ path: String) throws(CorpusError) -> Document? {
    var stream = try ByteStream(path: path)
    let text = Self.withoutMark(try stream.rest())
    return accept(Document(text: text), file: path, line: nil)
  }

  /// The next document of the open JSON Lines file, or nil at its end.
  private mutating func nextLine() throws(CorpusError) -> Document? {
    let path = files[nextFile]
    while var line = try lines?.next() {
      let number = lines?.lineNumber ?? 0
      if number == 1 { line = Self.withoutMark(line) }
      if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
      guard Self.isUTF8(line) else {
        report.skip(SkippedDocument(file: path, line: number, reason: .notUTF8))
        continue
      }
      let object = try JSONLine.decode(
        line, with: decoder, textField: textField, place: "\(path):\(number)")
      let document = Document(text: Array(object.text.utf8), id: object.id, group: object.group)
      if let document = accept(document, file: path, line: number) { return document }
    }
    // A file without a single line is a document that is missing, not a corpus of none.
    if lines?.lineNumber == 0 {
      report.skip(SkippedDocument(file: path, line: nil, reason: .empty))
    }
    return nil
  }

  private mutating func accept(_ document: Document, file: String, line: Int?) -> Document? {
    let blank: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
    if document.text.allSatisfy(blank.contains) {
      report.skip(SkippedDocument(file: file, line: line, reason: .empty))
    } else if line == nil && !Self.isUTF8(document.text) {
      report.skip(SkippedDocument(file: file, line: nil, reason: .notUTF8))
    } else {
      report.count(document)
      return document
    }
    return nil
  }

  private static func isJSONLines(_ path: String) -> Bool {
    format(of: path).hasPrefix(jsonLines)
  }

  /// How a file is read, in words that never change: they are part of content addresses.
  static func format(of path: String) -> String {
    let isCompressed = path.hasSuffix(".zst")
    let name = isCompressed ? String(path.dropLast(4)) : path
    let format = name.hasSuffix(".jsonl") || name.hasSuffix(".ndjson") ? jsonLines : "one document"
    return isCompressed ? format + ", zstd" : format
  }

  private static let jsonLines = "json lines"

  private static func isUTF8(_ bytes: [UInt8]) -> Bool {
    String(validating: bytes, as: UTF8.self) != nil
  }

  private static func withoutMark(_ bytes: [UInt8]) -> [UInt8] {
    bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
  }
}
