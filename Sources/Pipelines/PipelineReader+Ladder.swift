import Foundation
import OrderedCollections
import PluginSDK

extension PipelineReader {
  private static let ladderForms =
    "sizes and shapes, as [60k, 1.5M], a range, as { from: 60k, to: 4M, steps: 8 }, or paper"

  /// The key `ladder` of the section `model`: a list of sizes and shapes, a range of sizes, or the
  /// table of the paper or a part of it.
  ///
  /// - Parameters:
  ///   - field: The value of the key.
  ///   - model: The section, which gives the options that are the same for all sizes.
  /// - Returns: nil if anything is wrong, which is reported.
  func readLadder(_ field: Field, in model: Section) -> [ModelSize]? {
    switch field.node.content {
    case .scalar where field.node.text == "paper":
      return readPaper(field, rows: PaperLadder.rows, in: model)
    case .mapping:
      guard let section = Section(field, expected: Self.ladderForms) else { return nil }
      section.refuseUnknown(allowed: [("keys", SectionKeys.ladder)])
      return section["table"].map { readPaper($0, from: section, in: model) }
        ?? readRange(section)
    case .sequence, .scalar:
      guard let elements = field.elements(expected: Self.ladderForms) else { return nil }
      return readRungs(elements, in: model)
    }
  }

  // MARK: Lists

  private func readRungs(_ elements: [Field], in model: Section) -> [ModelSize]? {
    var sizes: [ModelSize] = []
    var last: Int?
    for element in elements {
      if case .mapping = element.node.content {
        if let shape = readShape(element, in: model) { sizes.append(shape) }
        continue
      }
      guard let size = element.integer(in: 1...Int.max, of: " of parameters") else { continue }
      if let last, size <= last {
        element.report(
          "found \(element.node.summary) after a size of \(last), expected sizes that ascend, "
            + "each once; put them in order")
        continue
      }
      last = size
      sizes.append(.near(size))
    }
    guard sizes.count == elements.count else { return nil }
    var isSound = true
    for (place, size) in sizes.enumerated()
    where sizes[..<place].contains(where: { $0.label == size.label }) {
      elements[place].report(
        "a size called '\(size.label)' stands above; give each shape a name of its own")
      isSound = false
    }
    return isSound ? sizes : nil
  }

  /// One shape: options of the architecture, and a name for the rung.
  private func readShape(_ field: Field, in model: Section) -> ModelSize? {
    guard let section = Section(field, expected: "a name and options of the architecture"),
      let plugin = model["plugin"]?.node.text
    else { return nil }
    let before = findings.count
    let written = section.fields.filter { $0.key != "name" }
    guard !written.isEmpty else {
      field.report("found no option of the architecture, expected at least one, as width: 512")
      return nil
    }
    var name = written.map { "\($0.key)=\($0.value.node.text ?? "")" }.joined(separator: ",")
    if let field = section["name"] { name = readRungName(field) ?? name }
    guard let declared = try? catalog?.options(of: .architecture, named: plugin) else {
      return findings.count == before ? .shape(name: name, options: OptionValues()) : nil
    }
    let free = declared.filter {
      !SectionKeys.model.contains($0.name) && !SectionKeys.rung.contains($0.name)
    }
    section.refuseUnknown(
      allowed: [("keys", SectionKeys.rung), ("options of \(plugin)", free.map(\.name))])
    let options = reader(of: .architecture, named: plugin, declarations: free).read(
      written, place: (section.position, section.path), inherited: OptionValues())
    return findings.count == before ? .shape(name: name, options: options) : nil
  }

  private func readRungName(_ field: Field) -> String? {
    guard let name = field.text(expected: "what the size is called, as 49M") else { return nil }
    guard name.utf8.count <= 100, !name.contains(where: { $0.isNewline || $0 == "/" }) else {
      field.report(
        "'\(name)' cannot name a size; allowed are up to 100 bytes on one line, without '/'")
      return nil
    }
    return name
  }

  // MARK: The table of the paper

  private func readPaper(
    _ field: Field, from section: Section, in model: Section
  ) -> [ModelSize]? {
    guard field.word(of: ["paper"]) != nil else { return nil }
    let before = findings.count
    if let steps = section["steps"] {
      findings.report(
        "a table has the steps that it has; remove the key, or take table: out",
        at: steps.keyPosition, path: steps.path)
    }
    let from = section["from"]?.integer(in: 1...Int.max, of: " of parameters")
    let to = section["to"]?.integer(in: 1...Int.max, of: " of parameters")
    guard findings.count == before else { return nil }
    let rows = PaperLadder.rows.filter {
      $0.millions * 1_000_000 >= from ?? 0 && $0.millions * 1_000_000 <= to ?? .max
    }
    guard !rows.isEmpty else {
      field.report(
        "no size of the table lies in this range; it goes from "
          + "\(PaperLadder.rows[0].name) to \(PaperLadder.rows[PaperLadder.rows.count - 1].name)")
      return nil
    }
    return readPaper(field, rows: rows, in: model)
  }

  /// Reads rows as the shapes that they stand for; only an architecture with their options has them.
  private func readPaper(
    _ field: Field, rows: [PaperLadder.Row], in model: Section
  ) -> [ModelSize]? {
    if let plugin = model["plugin"]?.node.text,
      let declared = try? catalog?.options(of: .architecture, named: plugin)
    {
      let names = Set(declared.map(\.name)).subtracting(SectionKeys.model)
      if let missing = PaperLadder.optionNames.first(where: { !names.contains($0) }) {
        field.report(
          "the architecture plugin '\(plugin)' cannot take the shapes of the paper: it has no "
            + "option '\(missing)'; name sizes, as [60k, 1.5M], or shapes in its own options, which "
            + "are \(listed(names.sorted()))")
        return nil
      }
    }
    let elements = rows.map { row in
      Field(
        path: field.path, keyPosition: field.keyPosition, node: row.node(at: field.node.position),
        findings: findings)
    }
    return readRungs(elements, in: model)
  }

  // MARK: Ranges

  private func readRange(_ section: Section) -> [ModelSize]? {
    let from = section.required("from", "the smallest size, as 60k")
      .flatMap { $0.integer(in: 1...Int.max, of: " of parameters") }
    let to = section.required("to", "the largest size, as 4M")
      .flatMap { $0.integer(in: 1...Int.max, of: " of parameters") }
    let steps = section.required("steps", "how many sizes there are, as 8")
      .flatMap { $0.integer(in: 2...1000) }
    guard let from, let to, let steps else { return nil }
    guard from < to else {
      section["to"]?.report("found \(to), expected more than from, which is \(from)")
      return nil
    }
    let ratio = Double(to) / Double(from)
    let sizes = (0..<steps).map { step in
      switch step {
      case 0: from
      case steps - 1: to
      default: Self.rounded(Double(from) * pow(ratio, Double(step) / Double(steps - 1)))
      }
    }
    guard zip(sizes, sizes.dropFirst()).allSatisfy({ $0 < $1 }) else {
      section["steps"]?.report(
        "\(steps) sizes from \(from) to \(to) cannot be told apart in three digits; take fewer")
      return nil
    }
    return sizes.map(ModelSize.near)
  }

  /// The number with three digits that say something, so that sizes have short names.
  private static func rounded(_ size: Double) -> Int {
    let unit = pow(10, max(0, log10(size).rounded(.down) - 2))
    return Int((size / unit).rounded() * unit)
  }
}
