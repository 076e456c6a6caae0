import OrderedCollections

/// Reads the section `sweep`: what values some paths of the file take, one combination after the
/// other.
struct SweepReader {
  /// One combination: what it is called, and the values to put into the file.
  struct Combination {
    var values: [PipelineVariant.Value]
    var settings: [Setting]
  }

  /// A value for a path of the file.
  struct Setting {
    var path: String
    var value: YAMLNode
  }

  /// Paths whose values change together.
  private struct Axis {
    /// For each path the values, as many for every path.
    var columns: [(path: String, values: [YAMLNode])]
    var count: Int
  }

  /// The sections whose values may differ from run to run.
  private static let sections = ["seed", "model", "optimizer", "batch", "stages"]
  private static let mostCombinations = 1000

  private let field: Field
  private let findings: Findings
  private let stages: [String]
  private let corpora: [String]

  /// - Parameters:
  ///   - field: The section.
  ///   - root: The whole file.
  init(_ field: Field, of root: Section) {
    self.field = field
    findings = field.findings
    stages = PipelineReader.keys(of: "stages", in: root) ?? []
    corpora = PipelineReader.keys(of: "corpora", in: root) ?? []
  }

  /// The combinations, the last path changing fastest; without what is wrong, which is reported.
  func combinations() -> [Combination] {
    guard let section = Section(field, expected: "paths of the file and lists of values")
    else { return [] }
    if let variants = section["variants"] { return explicit(variants, beside: section) }
    var axes: [Axis] = []
    for (key, field) in section.fields {
      axes += key == "paired" ? paired(field) : lists(field, path: key).map(axis)
    }
    guard !repeats(axes.flatMap { $0.columns.map { $0.path } }) else { return [] }
    let count = axes.reduce(1) { min(Self.mostCombinations + 1, $0 * max(1, $1.count)) }
    guard count <= Self.mostCombinations else {
      field.report(
        "the sweep has more than \(Self.mostCombinations) combinations; shorten its lists")
      return []
    }
    var combinations: [[Setting]] = [[]]
    for axis in axes where axis.count > 0 {
      combinations = combinations.flatMap { settings in
        (0..<axis.count).map { place in
          settings + axis.columns.map { Setting(path: $0.path, value: $0.values[place]) }
        }
      }
    }
    return combinations.filter { !$0.isEmpty }.map(named)
  }

  // MARK: Lists

  /// The lists of values under a path; a mapping leads to deeper paths.
  ///
  /// Beside another list, a value may stand twice.
  private func lists(
    _ field: Field, path: String, isPaired: Bool = false
  ) -> [(path: String, values: [Field])] {
    if case .mapping(let entries) = field.node.content, !entries.isEmpty {
      guard let section = Section(field, expected: "paths and lists of values") else { return [] }
      return section.fields.flatMap {
        lists($0.value, path: "\(path).\($0.key)", isPaired: isPaired)
      }
    }
    guard isAllowed(path, at: field),
      let values = field.elements(expected: "values of \(path), as [1, 2]")
    else { return [] }
    var distinct: [Field] = []
    for value in values {
      if distinct.contains(where: { $0.node.isSame(as: value.node) }), !isPaired {
        value.report("the value stands in the list twice; keep one")
      } else {
        distinct.append(value)
      }
    }
    return [(path, distinct)]
  }

  private func axis(_ list: (path: String, values: [Field])) -> Axis {
    Axis(columns: [(list.path, list.values.map(\.node))], count: list.values.count)
  }

  /// One group of paths whose lists are gone through together, or a list of groups.
  private func paired(_ field: Field) -> [Axis] {
    guard case .sequence = field.node.content else { return group(field).map { [$0] } ?? [] }
    let elements = field.elements(expected: "groups of paths and lists of values") ?? []
    return elements.compactMap(group)
  }

  private func group(_ field: Field) -> Axis? {
    guard let section = Section(field, expected: "paths and lists of values") else { return nil }
    let found = section.fields.flatMap { lists($0.value, path: $0.key, isPaired: true) }
    guard let first = found.first else { return nil }
    for list in found.dropFirst() where list.values.count != first.values.count {
      field.report(
        "lists in 'paired' go together and must be as long as each other: '\(first.path)' has "
          + "\(first.values.count) values and '\(list.path)' has \(list.values.count)")
      return nil
    }
    return Axis(
      columns: found.map { ($0.path, $0.values.map(\.node)) }, count: first.values.count)
  }

  // MARK: Combinations one by one

  private func explicit(_ field: Field, beside section: Section) -> [Combination] {
    for (key, other) in section.fields where key != "variants" {
      findings.report(
        "'variants' says every combination itself; remove '\(key)', or 'variants'",
        at: other.keyPosition, path: other.path)
    }
    let expected = "combinations, as [{ set: { seed: 1 } }]"
    return (field.elements(expected: expected) ?? []).compactMap(explicit)
  }

  private func explicit(_ field: Field) -> Combination? {
    guard let section = Section(field, expected: "the keys \(listed(SectionKeys.variant))")
    else { return nil }
    section.refuseUnknown(allowed: [("keys", SectionKeys.variant)])
    guard let set = section.required("set", "paths and their values, as { seed: 1 }"),
      let settings = Section(set, expected: "paths and their values")
    else { return nil }
    guard settings.fields.allSatisfy({ isAllowed($0.key, at: $0.value) }) else { return nil }
    var combination = named(settings.fields.map { Setting(path: $0.key, value: $0.value.node) })
    if let label = section["label"] {
      guard let labels = Section(label, expected: "names and words") else { return nil }
      combination.values = labels.fields.compactMap { name, field in
        field.text(expected: "a word").map { PipelineVariant.Value(name: name, text: $0) }
      }
    }
    return combination
  }

  // MARK: Paths

  private func isAllowed(_ path: String, at field: Field) -> Bool {
    let keys = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard Self.sections.contains(keys[0]) else {
      let hint = suggestion(for: keys[0], among: Self.sections)
      findings.report(
        "'\(path)' cannot be swept\(hint.isEmpty ? ";" : hint) allowed are "
          + "paths in \(listed(Self.sections)): all else is common to the runs of a study, so that "
          + "their losses can be compared",
        at: field.keyPosition, path: field.path)
      return false
    }
    guard keys[0] != "stages" || keys.count > 1 && stages.contains(keys[1]) else {
      let hint = keys.count > 1 ? suggestion(for: keys[1], among: stages) : ""
      findings.report(
        "'\(path)' names no stage of the file\(hint.isEmpty ? ";" : hint) its stages are "
          + listed(stages),
        at: field.keyPosition, path: field.path)
      return false
    }
    return true
  }

  /// Whether a path stands twice, which is then reported.
  private func repeats(_ paths: [String]) -> Bool {
    let before = findings.count
    for (place, path) in paths.enumerated() where paths[..<place].contains(path) {
      field.report("'\(path)' is swept twice; keep one")
    }
    return findings.count > before
  }

  // MARK: Names

  private func named(_ settings: [Setting]) -> Combination {
    let names = shortNames(of: settings.map(\.path))
    return Combination(
      values: zip(names, settings).map { PipelineVariant.Value(name: $0, text: $1.value.brief) },
      settings: settings)
  }

  /// The shortest ends of paths that tell them apart; a corpus alone says too little, and so does a
  /// place in a list, so that `stages.cpt.data.replay.english` is `replay`.
  private func shortNames(of paths: [String]) -> [String] {
    let candidates = paths.map { path -> [String] in
      let keys = path.split(separator: ".").map(String.init)
      let ends = keys.indices.reversed().map { keys[$0...].joined(separator: ".") }
      guard keys.count > 1, let last = keys.last, corpora.contains(last) || Int(last) != nil
      else { return ends }
      return [keys[keys.count - 2]] + ends.dropFirst()
    }
    var levels = paths.map { _ in 0 }
    while true {
      let names = zip(candidates, levels).map { $0.isEmpty ? "" : $0[min($1, $0.count - 1)] }
      let repeated = names.indices.filter { place in
        names.count { $0 == names[place] } > 1 && levels[place] < candidates[place].count - 1
      }
      if repeated.isEmpty { return names }
      for place in repeated { levels[place] += 1 }
    }
  }
}

extension YAMLNode {
  /// Whether two values say the same, wherever they stand.
  fileprivate func isSame(as other: YAMLNode) -> Bool {
    switch (content, other.content) {
    case (.scalar(let one, let isQuoted), .scalar(let two, let isOtherQuoted)):
      one == two && isQuoted == isOtherQuoted
    case (.sequence(let one), .sequence(let two)):
      one.count == two.count && zip(one, two).allSatisfy { $0.isSame(as: $1) }
    case (.mapping(let one), .mapping(let two)):
      one.count == two.count
        && zip(one, two).allSatisfy { $0.key == $1.key && $0.value.isSame(as: $1.value) }
    default: false
    }
  }

  /// The value on one line, as short as can be.
  fileprivate var brief: String {
    switch content {
    case .scalar(let text, _): text
    case .sequence(let elements): "[\(elements.map(\.brief).joined(separator: ","))]"
    case .mapping(let entries):
      "{\(entries.map { "\($0.key):\($0.value.brief)" }.joined(separator: ","))}"
    }
  }
}
