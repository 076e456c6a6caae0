/// A table with a caption; the first column names the row.
struct DataTable: Sendable {
  /// What stands above a column, and how its cells are set.
  struct Column: Sendable {
    /// What its cells hold; the raw value is the class in the style sheet.
    enum Kind: String, Sendable {
      case words = "w"
      case phrases = "p"
      case numbers = "n"
      case digests = "h"
    }

    var title: String
    var kind: Kind

    var isNumeric: Bool { kind == .numbers }

    /// A column of words.
    static func words(_ title: String) -> Column { Column(title: title, kind: .words) }
    /// A column of a few words each, which stay on one line.
    static func phrases(_ title: String) -> Column { Column(title: title, kind: .phrases) }
    /// A column of numbers.
    static func numbers(_ title: String) -> Column { Column(title: title, kind: .numbers) }
    /// A column of long hexadecimal numbers, which may be broken anywhere.
    static func digests(_ title: String) -> Column { Column(title: title, kind: .digests) }
  }

  /// A cell: its text, with a full-precision value or other detail shown under the pointer.
  struct Cell: Sendable, ExpressibleByStringInterpolation {
    var text: String
    var detail: String?

    init(_ text: String, detail: String? = nil) {
      self.text = text
      self.detail = detail
    }

    init(stringLiteral value: String) { self.init(value) }
  }

  var caption: String
  var columns: [Column]
  var rows: [[Cell]]

  /// The table in a frame that scrolls sideways where the page is narrow.
  var markup: Markup {
    let head = columns.map { column in
      Markup.tag(
        "th", ["scope": "col", "class": column.kind.rawValue], .text(column.title))
    }
    let body = rows.map { row in
      Markup.element(
        "tr", [],
        zip(columns, row).enumerated().map { index, pair in cell(pair.1, pair.0, isHead: index == 0)
        }
      )
    }
    return .tag(
      "div", ["class": "scroll", "role": "region", "tabindex": "0", "aria-label": caption],
      .tag(
        "table", [:], .tag("caption", [:], .tag("span", [:], .text(caption))),
        .tag("thead", [:], .element("tr", [], head)), .element("tbody", [], body)))
  }

  private func cell(_ cell: Cell, _ column: Column, isHead: Bool) -> Markup {
    var attributes: [Markup.Attribute] = []
    if isHead { attributes.append(.init(name: "scope", value: "row")) }
    attributes.append(.init(name: "class", value: column.kind.rawValue))
    if let detail = cell.detail { attributes.append(.init(name: "title", value: detail)) }
    return .element(isHead ? "th" : "td", attributes, [.text(cell.text)])
  }
}
