import Experiments

extension Report {
  /// A whole page: head, style, sections, script.
  func page(title: String, sections: [Markup]) -> String {
    let head: Markup = .tag(
      "head", [:],
      .tag("meta", ["charset": "utf-8"]),
      .tag("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
      .tag(
        "meta",
        ["http-equiv": "Content-Security-Policy", "content": contentSecurityPolicy]),
      .tag("meta", ["name": "color-scheme", "content": "light dark"]),
      .tag("title", [:], "\(title): continual pre-training report"),
      .tag("style", [:], .verbatim(styleSheet)))
    let body: Markup = .tag(
      "body", [:],
      .tag(
        "header", [:],
        .tag("p", ["class": "kicker"], "Continual pre-training study"),
        .tag("h1", [:], .text(title))),
      .tag("main", [:], .fragment(sections)),
      .tag(
        "footer", [:],
        "Written by cpt-host \(results.environment.hostVersion). This page needs no other file."),
      .tag("script", [:], .verbatim(script)))
    return "<!DOCTYPE html>\n" + Markup.tag("html", ["lang": "en"], head, body).rendered + "\n"
  }

  /// A titled part of the page.
  func section(_ title: String, id: String, _ children: Markup...) -> Markup {
    .tag(
      "section", ["id": id, "aria-labelledby": "\(id)-title"],
      .tag("h2", ["id": "\(id)-title"], .text(title)), .fragment(children))
  }
}

extension Markup {
  /// A paragraph.
  static func paragraph(_ text: String) -> Markup { .tag("p", [:], .text(text)) }

  /// A remark in smaller print.
  static func note(_ text: String) -> Markup { .tag("p", ["class": "note"], .text(text)) }

  /// A list of remarks; nothing if there is none.
  static func notes(_ texts: [String]) -> Markup {
    guard !texts.isEmpty else { return [] }
    return .tag(
      "ul", ["class": "note"], .fragment(texts.map { .tag("li", [:], .text($0)) }))
  }
}
