import Crypto
import FoundationEssentials

/// What an extraction found.
package struct ExtractionReport: Hashable, Sendable, Codable {
  /// Files that text was taken from.
  package var files = 0
  /// Files of other formats, or not UTF-8.
  package var otherFiles = 0
  /// Files that are not UTF-8.
  package var notUTF8 = 0
  /// Documents written.
  package var documents = 0
  /// Bytes of their text.
  package var bytes = 0
  /// Paragraphs that are not in the language's script.
  package var foreignParagraphs = 0
  /// Paragraphs that stood somewhere before.
  package var repeatedParagraphs = 0
}

/// Makes a JSON Lines corpus of the text in unpacked Debian packages, or any folders like them.
///
/// Reads manual pages, fortune files and plain text; keeps the paragraphs that are written in the
/// language's script and that have not stood before; cuts long texts between paragraphs. The output
/// depends on nothing but the contents of the folders and their names. Compressed files have to be
/// unpacked before.
package struct TextExtraction: Sendable {
  /// The BCP 47 tag of the language to keep.
  package let language: String
  /// Documents with fewer characters are left out.
  package var minimumCharacters: Int
  /// Where a document of so many bytes ends, and the next begins.
  package var documentBytes: Int
  /// Shorter paragraphs may repeat: they are headings.
  private static let shortestUnique = 30

  package init(language: String, minimumCharacters: Int = 200, documentBytes: Int = 16_384) {
    self.language = language
    self.minimumCharacters = minimumCharacters
    self.documentBytes = documentBytes
  }

  /// Extracts the text of folders, each a package of its own, into one file.
  ///
  /// - Parameters:
  ///   - folders: In this order; a folder's own name is the package's.
  ///   - output: The `.jsonl` file to make; what was there is replaced at the very end.
  /// - Returns: What was found and left out.
  /// - Throws: ``CorpusError`` if a file cannot be read or written, or if there is no text.
  package func extract(from folders: [String], to output: String) throws -> ExtractionReport {
    var report = ExtractionReport()
    var seen: Set<[UInt8]> = []
    var file = try AtomicFile(path: output)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    for folder in folders {
      let root = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
      let package = String(root.split(separator: "/").last ?? "")
      for path in try FileTree.files(at: root, followingLinks: false) {
        let relative = String(path.dropFirst(root.count + 1))
        guard let format = TextFormat(path: "/" + relative),
          let paragraphs = try read(path, format, &report)
        else {
          report.otherFiles += 1
          continue
        }
        report.files += 1
        let kept = keep(paragraphs, seen: &seen, &report)
        for record in records(of: kept, package: package, path: relative, format) {
          try file.append(Array(try encoder.encode(record)) + [UInt8(ascii: "\n")])
          report.documents += 1
          report.bytes += record.text.utf8.count
        }
      }
    }
    guard report.documents > 0 else {
      throw CorpusError(
        .tooLittleText,
        """
        no text in '\(language)' was found in \(folders.joined(separator: ", ")); manual pages, \
        fortune files and plain text are read, after gunzip
        """)
    }
    try file.finish()
    return report
  }

  private struct Record: Encodable {
    var id: String
    var group: String
    var source: String
    var language: String
    var text: String
  }

  private func read(
    _ path: String, _ format: TextFormat, _ report: inout ExtractionReport
  ) throws(CorpusError) -> [String]? {
    var stream = try ByteStream(path: path, decompressing: false)
    guard let text = String(validating: try stream.rest(), as: UTF8.self) else {
      report.notUTF8 += 1
      return nil
    }
    return format.paragraphs(of: text)
  }

  private func keep(
    _ paragraphs: [String], seen: inout Set<[UInt8]>, _ report: inout ExtractionReport
  ) -> [String] {
    let script = Script(language: language)
    var kept: [String] = []
    for paragraph in paragraphs {
      let isLong = paragraph.unicodeScalars.count >= Self.shortestUnique
      if !script.holds(paragraph) {
        report.foreignParagraphs += 1
      } else if isLong
        && !seen.insert(Array(SHA256.hash(data: Array(paragraph.utf8)).prefix(16))).inserted
      {
        report.repeatedParagraphs += 1
      } else {
        kept.append(paragraph)
      }
    }
    return kept
  }

  private func records(
    of paragraphs: [String], package: String, path: String, _ format: TextFormat
  ) -> [Record] {
    var texts: [String] = []
    var text = ""
    for paragraph in paragraphs {
      if !text.isEmpty && text.utf8.count + paragraph.utf8.count > documentBytes {
        texts.append(text)
        text = ""
      }
      text += text.isEmpty ? paragraph : "\n\n" + paragraph
    }
    texts.append(text)
    let group = TranslationGroup.name(path: path)
    return texts.enumerated().filter { $0.element.unicodeScalars.count >= minimumCharacters }.map {
      let part = texts.count > 1 ? "#\($0.offset + 1)" : ""
      // Nobody translates fortunes, so their parts need not stand together.
      return Record(
        id: "\(package)/\(path)\(part)", group: format == .fortunes ? "\(path)\(part)" : group,
        source: package, language: language, text: $0.element)
    }
  }
}
