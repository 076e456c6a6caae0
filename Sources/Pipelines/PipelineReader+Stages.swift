import OrderedCollections
import PluginSDK

extension PipelineReader {
  private static let strategies = ["from-scratch", "continue"]

  /// The section `stages`.
  func readStages(optimizer: OptimizerDeclaration?) -> [StageDeclaration]? {
    guard let field = root.required("stages", "the sets of runs, each under a name"),
      let section = Section(field, expected: "names and stages")
    else { return nil }
    guard !section.fields.isEmpty else {
      field.report("found no stage, expected at least one")
      return nil
    }
    let stages = section.fields.compactMap { name, field in
      readStage(field, name: name, among: Array(section.fields.keys), optimizer: optimizer)
    }
    return stages.count == section.fields.count ? stages : nil
  }

  private func readStage(
    _ field: Field, name: String, among names: [String], optimizer base: OptimizerDeclaration?
  ) -> StageDeclaration? {
    let isSound = checkName(
      name, of: "stage", at: field.keyPosition, path: field.path, allowsDots: false,
      findings: findings)
    guard let section = Section(field, expected: "the keys \(listed(SectionKeys.stage))")
    else { return nil }
    section.refuseUnknown(allowed: [("keys", SectionKeys.stage)])
    let word = section.required("strategy", "where the weights come from: from-scratch or continue")
      .flatMap { $0.word(of: Self.strategies) }
    let strategy = readStrategy(section, word: word, name: name, among: names)
    let budget = section.required("tokens", "how much to train on, as 20N, 5M or 100000")
      .flatMap(readBudget)
    let data = section.required("data", "what to train on, as { english: 1 }")
      .flatMap { readData($0, continues: word == "continue") }
    var optimizer = base
    if let field = section["optimizer"] { optimizer = readStageOptimizer(field, base: base) }
    guard isSound, let strategy, let budget, let data, let optimizer else { return nil }
    return StageDeclaration(
      name: name, strategy: strategy, budget: budget, data: data.use, corpora: data.corpora,
      optimizer: optimizer)
  }

  private func readStrategy(
    _ section: Section, word: String?, name: String, among names: [String]
  ) -> StageStrategy? {
    switch word {
    case "from-scratch":
      guard let from = section["from"] else { return .fromScratch }
      findings.report(
        "a stage from scratch comes from no other; remove the key, or write strategy: continue",
        at: from.keyPosition, path: from.path)
      return nil
    case "continue":
      return section.required("from", "the stage whose final weights this one starts with")
        .flatMap { earlier($0, than: name, in: DeclaredNames(kind: "stage", names: names)) }
        .map { .continued(from: $0) }
    default:
      return nil
    }
  }

  /// Reads a reference to something that must be declared above.
  func earlier(_ field: Field, than name: String, in declared: DeclaredNames) -> String? {
    guard let from = declared.reference(field) else { return nil }
    guard let names = declared.names, let own = names.firstIndex(of: name),
      let other = names.firstIndex(of: from), other >= own
    else { return from }
    if other == own {
      field.report("the \(declared.kind) '\(name)' refers to itself; name one that stands above it")
    } else {
      field.report(
        "the \(declared.kind) '\(from)' stands below '\(name)', which needs it first; move it above"
      )
    }
    return nil
  }

  private func readBudget(_ field: Field) -> TokenBudget? {
    let expected =
      "a number of tokens above 0, as 5M, or of tokens for each parameter, as 20N, and at most 1000T"
    let units = NumberText.countUnits.keys.sorted() + ["N"]
    guard let number = field.number(expected: expected, units: units) else { return nil }
    if number.unit == "N" {
      if let ratio = number.real(timesTenTo: 0), ratio > 0, ratio <= Double(TokenBudget.mostTokens)
      {
        return .perParameter(ratio)
      }
    } else if let tokens = number.count, tokens > 0, tokens <= TokenBudget.mostTokens {
      return .tokens(tokens)
    }
    field.reportMismatch(expected: expected)
    return nil
  }

  /// The key `data`: a data mixer with its options, or a number for each of some corpora; with the
  /// corpora that it names, in the order in which they are declared.
  ///
  /// Plain numbers are the option `weights` of `weighted`, also in a stage that continues. Without
  /// `plugin`, a stage that continues may give the options of `replay` instead.
  private func readData(
    _ field: Field, continues: Bool
  ) -> (use: PluginUse, corpora: [String])? {
    guard let use = readMixer(field, continues: continues) else { return nil }
    do {
      try catalog?.check(dataMixer: use.plugin, options: use.options)
    } catch {
      field.report("\(error)")
      return nil
    }
    let declarations = (try? catalog?.options(of: .dataMixer, named: use.plugin)) ?? []
    let named = OptionReader.corpora(in: use.options, of: declarations)
    return (use, (corpusNames.names ?? []).filter(named.contains))
  }

  private func readMixer(_ field: Field, continues: Bool) -> PluginUse? {
    let expected = "corpora and numbers, as { english: 1 }, or a plugin and its options"
    guard let section = Section(field, expected: expected) else { return nil }
    guard section["plugin"] == nil else {
      return readPlugin(section, of: .dataMixer, keys: SectionKeys.data)
    }
    if continues, isReplay(section) {
      var named = section
      let name = YAMLNode(.scalar("replay", isQuoted: false), at: field.node.position)
      named.fields["plugin"] = Field(
        path: field.path, keyPosition: field.keyPosition, node: name, findings: findings)
      return readPlugin(named, of: .dataMixer, keys: SectionKeys.data)
    }
    let before = findings.count
    guard let declarations = declarations(of: .dataMixer, named: "weighted", at: field) else {
      _ = readShares(field, in: .positive, corpora: corpusNames)
      return nil
    }
    guard declarations.contains(where: { $0.name == "weights" }) else {
      field.report(
        "the data-mixer plugin 'weighted' that was found has no option 'weights'; name a plugin")
      return nil
    }
    let options = reader(of: .dataMixer, named: "weighted", declarations: declarations).read(
      ["weights": field], place: (section.position, section.path))
    guard findings.count == before else { return nil }
    return PluginUse(plugin: "weighted", options: options)
  }

  /// Whether a mapping without a plugin is written in options of `replay`.
  private func isReplay(_ section: Section) -> Bool {
    let options = (try? catalog?.options(of: .dataMixer, named: "replay")) ?? []
    let names = Set(options.map(\.name)).subtracting(corpusNames.names ?? [])
    return section.fields.keys.contains { names.contains($0) }
  }
}
