/// A piece of HTML or SVG; text and attribute values are escaped when it is written.
indirect enum Markup: Sendable {
  case text(String)
  case element(String, [Attribute], [Markup])
  case fragment([Markup])
  /// Written as it is: only for text of ours that holds nothing of a study.
  case verbatim(StaticString)

  /// A name and its value.
  struct Attribute: Sendable {
    var name: String
    var value: String
  }

  /// An element with attributes in the given order.
  static func tag(
    _ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ children: Markup...
  ) -> Markup {
    .element(name, attributes.map { Attribute(name: $0.key, value: $0.value) }, children)
  }

  /// The piece as text.
  var rendered: String {
    var text = ""
    write(to: &text)
    return text
  }

  /// Elements of HTML that have no content and no end tag.
  private static let void: Set<String> = ["meta", "br", "hr", "col"]

  private func write(to output: inout String) {
    switch self {
    case .text(let text): output += Markup.escaped(text)
    case .verbatim(let text): output += text.description
    case .fragment(let children): for child in children { child.write(to: &output) }
    case .element(let name, let attributes, let children):
      output += "<\(name)"
      for attribute in attributes {
        output += " \(attribute.name)=\"\(Markup.escaped(attribute.value))\""
      }
      output += ">"
      if Markup.void.contains(name) { return }
      for child in children { child.write(to: &output) }
      output += "</\(name)>"
    }
  }

  /// Text that reads the same as content and as attribute value, in HTML and in XML.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    escaped.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      case "\t", "\n": escaped.unicodeScalars.append(scalar)
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}":
        escaped.unicodeScalars.append("\u{FFFD}")
      // Marks that reorder what stands around them, so that a name cannot dress up as another.
      case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}":
        escaped.unicodeScalars.append("\u{FFFD}")
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}

extension Markup: ExpressibleByStringInterpolation {
  init(stringLiteral value: String) { self = .text(value) }
}

extension Markup: ExpressibleByArrayLiteral {
  init(arrayLiteral elements: Markup...) { self = .fragment(elements) }
}
