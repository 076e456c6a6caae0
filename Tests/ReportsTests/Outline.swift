import Foundation
import FoundationXML
import Testing

/// What a page is made of, as an XML parser sees it.
final class Outline: NSObject, XMLParserDelegate {
  private(set) var identifiers: [String] = []
  private(set) var references: [String] = []
  private(set) var headings: [String] = []
  private(set) var coordinates: [String] = []
  private(set) var plots = 0
  private(set) var untitledPlots = 0
  private(set) var tables = 0
  private(set) var captions = 0
  private(set) var elementNames: Set<String> = []
  private(set) var attributeNames: Set<String> = []
  /// The text of the style sheet.
  private(set) var style = ""
  /// The text of every script.
  fileprivate(set) var scripts: [String] = []
  private(set) var policy = ""
  /// Plots without a point, points without a text, and figures with a place for such texts.
  private(set) var pointlessPlots = 0
  private(set) var silentPoints = 0
  private(set) var tips = 0
  private var isInStyle = false
  private var isPointless = false
  /// The text of the title that was read last.
  private var title = ""
  /// The names of the elements around, outermost first; of a series its class.
  private var path: [String] = []

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    elementNames.insert(name)
    attributeNames.formUnion(attributes.keys)
    isInStyle = name == "style"
    let kind = attributes["class"]?.split(separator: " ").first
    if name == "title" { title = "" }
    if attributes["http-equiv"] == "Content-Security-Policy", let content = attributes["content"] {
      policy += content
    }
    if kind == "tip", attributes["role"] == "status" { tips += 1 }
    if path.last == "points" {
      title = ""
      if isPointless { pointlessPlots -= 1 }
      isPointless = false
    }
    path.append(kind == "points" ? "points" : name)
    if let id = attributes["id"] { identifiers.append(id) }
    references += (attributes["aria-labelledby"] ?? "").split(separator: " ").map(String.init)
    if let clip = attributes["clip-path"] {
      references.append(String(clip.dropFirst(5).dropLast()))
    }
    for key in ["x", "y", "x1", "y1", "x2", "y2", "d", "width", "height", "viewBox", "transform"] {
      if let value = attributes[key] { coordinates.append(value) }
    }
    switch name {
    case "h1", "h2", "h3", "h4": headings.append(name)
    case "table": tables += 1
    case "caption": captions += 1
    case "svg" where attributes["class"]?.hasPrefix("plot") == true:
      plots += 1
      pointlessPlots += 1
      isPointless = true
      if attributes["role"] != "img" || attributes["aria-labelledby"] == nil { untitledPlots += 1 }
    default: break
    }
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    if isInStyle { style += string }
    if path.last == "title" { title += string }
  }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    path.removeLast()
    if path.last == "points", title.isEmpty { silentPoints += 1 }
  }
}

/// Reads a page strictly: every element closed, every attribute quoted, every entity known.
func outline(of page: String) throws -> Outline {
  // HTML's own three liberties: the document type, scripts, and elements without end tag.
  let parts = page.components(separatedBy: "<script>")
    .map { $0.components(separatedBy: "</script>") }
  let body = parts.map { $0[$0.count - 1] }.joined(separator: "<script/>")
    .replacing("<!DOCTYPE html>", with: "")
    .split(separator: "<meta ", omittingEmptySubsequences: false).enumerated().map { index, part in
      guard index > 0, let end = part.firstIndex(of: ">") else { return String(part) }
      return "<meta " + part[..<end] + "/" + part[end...]
    }.joined()
  let parser = XMLParser(data: Data(body.utf8))
  let outline = Outline()
  parser.delegate = outline
  outline.scripts = parts.dropFirst().map { $0[0] }
  let isWellFormed = parser.parse()
  try #require(
    isWellFormed, "line \(parser.lineNumber): \(String(describing: parser.parserError))")
  return outline
}
