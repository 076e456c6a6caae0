import PluginConformance
import PluginHost
import PluginSDK
import Reports

/// One law under one host, with what was found.
struct CheckedCase: Encodable {
  var finding: LawFinding
  var host: CheckHost
  var seconds: Double
  /// The command that checks this one case again.
  var again: String
}

/// What a check found out about a plugin.
struct CheckReport: Encodable {
  let path: String
  let identity: PluginIdentity
  let seed: UInt64
  /// Whether every law is kept.
  let isGood: Bool
  let cases: [CheckedCase]

  init(plugin: PluginFile, seed: UInt64, cases: [CheckedCase]) {
    path = plugin.path
    identity = plugin.identity
    self.seed = seed
    self.cases = cases
    isGood = cases.allSatisfy(\.finding.verdict.isGood)
  }

  private enum CodingKeys: String, CodingKey {
    case path, identity, seed
    case isGood = "kept"
    case cases
  }

  /// The report for people: a table, the broken laws in full, and a sentence.
  var text: String {
    var table = TextTable(("law", .left), ("host", .left), ("verdict", .left), ("seen", .left))
    for row in rows {
      table.append(
        row.finding.law, row.host, row.finding.verdict.rawValue, Self.short(row.finding.seen))
    }
    return table.text + cases.filter { !$0.finding.verdict.isGood }.map(Self.explained).joined()
      + sentence + "\n"
  }

  private var sentence: String {
    let name = "\(identity.kind.name) '\(identity.name)' \(identity.version)"
    let laws = Set(cases.map(\.finding.law))
    let broken = Set(cases.filter { !$0.finding.verdict.isGood }.map(\.finding.law))
    let count = laws.count == 1 ? "the law" : "all \(laws.count) laws"
    return broken.isEmpty
      ? "The \(name) keeps \(count); the seed was \(seed)."
      : "The \(name) does not keep \(broken.count) of \(laws.count) laws; the seed was \(seed)."
  }

  /// The cases, those of one law that came out alike under both hosts as one.
  private var rows: [(finding: LawFinding, host: String)] {
    var rows: [(finding: LawFinding, host: String)] = []
    for checked in cases {
      if let last = rows.last, last.finding.law == checked.finding.law,
        last.finding.verdict == checked.finding.verdict, checked.finding.verdict.isGood
      {
        rows[rows.count - 1].host = "both"
      } else {
        rows.append((checked.finding, checked.host.rawValue))
      }
    }
    return rows
  }

  /// A law that is not kept: what it says, what was seen, and how to see it again.
  private static func explained(_ checked: CheckedCase) -> String {
    let finding = checked.finding
    return """

      \(finding.law), \(checked.host.rawValue) host: \(finding.verdict.rawValue)
        law    \(finding.sentence)
               (\(finding.source))
        seen   \(finding.seen)
        again  \(checked.again)

      """
  }

  private static func short(_ text: String) -> String {
    text.count <= 72 ? text : text.prefix(71) + "…"
  }
}
