import PluginSDK

/// A table in text, as RFC 4180 has it: a header, then rows of as many cells.
///
/// Cells may stand in quotes, lines may end in any way, and a byte-order mark is left out. The cells
/// are set apart by commas; where the header has none, by semicolons or tabs. Empty lines are passed
/// over.
package struct DelimitedTable: Hashable, Sendable {
  /// The text of a cell, and where it begins.
  package struct Cell: Hashable, Sendable {
    package var text: String
    /// The line, from 1.
    package var line: Int
    /// The character in the line, from 1.
    package var column: Int
  }

  /// The file, as messages name it.
  package let file: String
  /// The names of the columns, without spaces around them.
  package let header: [String]
  /// The rows below the header, each with a cell for every column.
  package let rows: [[Cell]]

  /// Reads a table.
  ///
  /// - Parameters:
  ///   - bytes: The table in UTF-8.
  ///   - file: The file, as messages name it.
  /// - Throws: ``ScalingLawError`` with `invalidTable`, with line and column where there is one.
  package init(_ bytes: some Sequence<UInt8>, file: String) throws(ScalingLawError) {
    var bytes = Array(bytes)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    guard String(validating: bytes, as: UTF8.self) != nil, !bytes.contains(0) else {
      throw ScalingLawError(
        .invalidTable, "this is no text in UTF-8; save the table as CSV in UTF-8", place: file)
    }
    var reader = DelimitedReader(bytes: bytes, file: file)
    guard let first = try reader.nextRow() else {
      throw ScalingLawError(
        .invalidTable, "the table is empty; it needs a header with the names of its columns",
        place: file)
    }
    let header = first.map { $0.text.trimmed }
    for (index, name) in header.enumerated() where !name.isEmpty {
      guard let earlier = header[..<index].firstIndex(of: name) else { continue }
      throw ScalingLawError(
        .invalidTable,
        "columns \(earlier + 1) and \(index + 1) are both called '\(name)'; rename one of them",
        place: Self.place(of: first[index], in: file))
    }
    var rows: [[Cell]] = []
    while let row = try reader.nextRow() {
      guard row.count == header.count else {
        throw ScalingLawError(
          .invalidTable,
          """
          this row has \(row.count) cells and the header has \(header.count); put a cell that holds \
          the separator into quotes
          """,
          place: Self.place(of: row[min(row.count, header.count) - 1], in: file))
      }
      rows.append(row)
    }
    guard !rows.isEmpty else {
      throw ScalingLawError(
        .invalidTable, "the table has a header and no rows; there is nothing to fit", place: file)
    }
    self.file = file
    self.header = header
    self.rows = rows
  }

  /// The place of a column.
  ///
  /// - Throws: ``ScalingLawError`` with `invalidSelection` that lists the columns there are.
  package func column(_ name: String) throws(ScalingLawError) -> Int {
    if let index = header.firstIndex(of: name) { return index }
    let near = header.filter { !$0.isEmpty }
      .map { (name: $0, distance: $0.lowercased().editDistance(to: name.lowercased())) }
      .filter { $0.distance <= max(1, name.count / 3) }
      .min { $0.distance < $1.distance }
    let suggestion = near.map { "; did you mean '\($0.name)'?" } ?? "."
    let known = header.filter { !$0.isEmpty }.joined(separator: ", ")
    throw ScalingLawError(
      .invalidSelection, "there is no column '\(name)'\(suggestion) The columns are \(known)",
      place: file)
  }

  /// Where a cell begins, as a message says it.
  package func place(of cell: Cell) -> String { Self.place(of: cell, in: file) }

  private static func place(of cell: Cell, in file: String) -> String {
    "\(file):\(cell.line):\(cell.column)"
  }
}

/// Takes a text apart into cells.
private struct DelimitedReader {
  let bytes: [UInt8]
  let file: String
  private var index = 0
  private var line = 1
  private var column = 1
  private let separator: UInt8

  private static let quote = UInt8(ascii: "\"")
  private static let newline = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  init(bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
    let header = bytes.drop { $0 == Self.newline || $0 == Self.carriageReturn }
      .prefix { $0 != Self.newline && $0 != Self.carriageReturn }
    let candidates = [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")]
    separator = candidates.first(where: header.contains) ?? UInt8(ascii: ",")
  }

  /// The next row that is not an empty line; nil at the end.
  mutating func nextRow() throws(ScalingLawError) -> [DelimitedTable.Cell]? {
    while index < bytes.count, isLineEnd { advance() }
    guard index < bytes.count else { return nil }
    var row = [try nextCell()]
    while index < bytes.count, bytes[index] == separator {
      advance()
      row.append(try nextCell())
    }
    return row
  }

  private mutating func nextCell() throws(ScalingLawError) -> DelimitedTable.Cell {
    let (line, column) = (line, column)
    var content: [UInt8] = []
    if index < bytes.count, bytes[index] == Self.quote {
      content = try quoted(from: "\(file):\(line):\(column)")
    } else {
      while index < bytes.count, bytes[index] != separator, !isLineEnd {
        content.append(bytes[index])
        advance()
      }
    }
    return DelimitedTable.Cell(
      text: String(decoding: content, as: UTF8.self), line: line, column: column)
  }

  private mutating func quoted(from place: String) throws(ScalingLawError) -> [UInt8] {
    var content: [UInt8] = []
    advance()
    while index < bytes.count {
      if bytes[index] != Self.quote {
        content.append(bytes[index])
        advance()
        continue
      }
      advance()
      if index < bytes.count, bytes[index] == Self.quote {
        content.append(Self.quote)
        advance()
      } else if index < bytes.count, bytes[index] != separator, !isLineEnd {
        throw ScalingLawError(
          .invalidTable,
          "after the closing quote the cell goes on; write a quote within quotes twice",
          place: "\(file):\(line):\(column)")
      } else {
        return content
      }
    }
    throw ScalingLawError(.invalidTable, "the quote that opens here is never closed", place: place)
  }

  private var isLineEnd: Bool {
    bytes[index] == Self.newline || bytes[index] == Self.carriageReturn
  }

  /// Steps over a byte; carriage return and newline together are one end of a line.
  private mutating func advance() {
    let byte = bytes[index]
    index += 1
    let isFollowed = index < bytes.count && bytes[index] == Self.newline
    if byte == Self.newline || byte == Self.carriageReturn && !isFollowed {
      line += 1
      column = 1
    } else if byte & 0xC0 != 0x80 {
      // The bytes after the first of a character count for nothing.
      column += 1
    }
  }
}

extension String {
  /// The text without spaces and tabs around it.
  var trimmed: String {
    let isSpace = { (character: Character) in character == " " || character == "\t" }
    guard let first = firstIndex(where: { !isSpace($0) }),
      let last = lastIndex(where: { !isSpace($0) })
    else { return "" }
    return String(self[first...last])
  }
}
