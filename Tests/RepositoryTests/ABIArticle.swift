import Foundation

/// The part of the article on the ABI that is read off the headers.
enum ABIArticle {
  /// The lists between these lines of the article are generated.
  static let begin = "<!-- Read off the headers from here on. -->"

  static let file = Repository.root.appending(path: "Sources/PluginSDK/PluginSDK.docc/TheABI.md")

  /// The lists as they follow from the headers today.
  static func lists() throws -> String {
    let folder = Repository.root.appending(path: "Sources/CPluginABI/include/cpt")
    let headers = try [
      "base.h", "record.h", "host.h", "options.h", "plugin.h", "tokenizer.h", "architecture.h",
      "optimizer.h", "data_mixer.h", "scaling_law.h", "graph.h", "operations.h",
    ].map { name in
      Header(
        name: name,
        text: try String(contentsOf: folder.appending(path: name), encoding: .utf8))
    }
    let all = Repository.files(below: "Sources/CPluginABI/include/cpt", withExtensions: ["h"])
    precondition(all.count == headers.count, "a header is missing from the article's list")
    var parts: [String] = []
    for header in headers {
      var sections = header.enumerations.map(section)
      sections += header.structs.map(section)
      guard !sections.isEmpty else { continue }
      parts.append("### \(header.name)\n\n" + sections.joined(separator: "\n"))
    }
    return parts.joined(separator: "\n")
  }

  private static func section(_ enumeration: Header.Enumeration) -> String {
    var lines = ["| \(enumeration.name) | number |", "|---|---|"]
    lines += enumeration.cases.map { "| `\($0.name)` | \($0.number) |" }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func section(_ structure: Header.Struct) -> String {
    var lines = ["| \(structure.name) | | threads | may be null |", "|---|---|---|---|"]
    lines += structure.members.map { member in
      let kind = member.isFunction ? "function" : "member"
      return "| `\(member.name)` | \(kind) | \(member.threads ?? "") "
        + "| \(member.isNullable ? "yes" : "") |"
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

/// What a header of the ABI declares, as far as a list of it needs.
struct Header {
  struct Enumeration {
    var name: String
    var cases: [(name: String, number: String)]
  }

  struct Member {
    var name: String
    var isFunction: Bool
    /// `[main]`, `[serial]` or `[concurrent]` without its brackets.
    var threads: String?
    var isNullable: Bool
  }

  struct Struct {
    var name: String
    var members: [Member]
  }

  let name: String
  private(set) var enumerations: [Enumeration] = []
  private(set) var structs: [Struct] = []

  init(name: String, text: String) {
    self.name = name
    for match in text.matches(of: /(?s)(?:typedef \w+ (cpt_\w+);\n)?enum \{(.*?)\};/) {
      let cases = match.2.matches(of: /(CPT_\w+) = (\d+)/)
        .map { (String($0.1), String($0.2)) }
      enumerations.append(
        Enumeration(name: match.1.map { "`\($0)`" } ?? "constant", cases: cases))
    }
    for match in text.matches(
      of: /(?s)((?:\/\/[^\n]*\n)*)typedef struct cpt_\w+ \{(.*?)\n\} (cpt_\w+);/)
    {
      structs.append(
        Struct(
          name: "`\(match.3)`", members: Self.members(String(match.2), about: String(match.1))))
    }
  }

  /// The members of a struct; a comment holds for all that follow it up to an empty line.
  private static func members(_ body: String, about comment: String) -> [Member] {
    let threadsOfAll = threads(in: comment)
    return body.components(separatedBy: "\n\n").flatMap { group in
      group.matches(of: /(?m)^  (?!\/\/)([^;]+);[ ]*(\/\/.*)?$/).compactMap { match -> Member? in
        let remark = match.2.map(String.init) ?? ""
        if let function = match.1.firstMatch(of: /\(\*(\w+)\)\(/) {
          return Member(
            name: String(function.1), isFunction: true,
            threads: threads(in: group) ?? threadsOfAll,
            isNullable: group.contains(/(?m)^  \/\/ \[nullable\]/))
        }
        return match.1.firstMatch(of: /(\w+)(?:\[\w+\])?$/).map { name in
          Member(
            name: String(name.1), isFunction: false, threads: nil,
            isNullable: remark.contains("[nullable"))
        }
      }
    }
  }

  private static func threads(in text: String) -> String? {
    text.matches(of: /\[(main|serial|concurrent)\]/).last.map { String($0.1) }
  }
}
