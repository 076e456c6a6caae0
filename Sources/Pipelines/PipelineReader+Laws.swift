import OrderedCollections
import PluginSDK

extension PipelineReader {
  /// The section `evaluate`.
  ///
  /// - Parameter corpora: The corpora; nil if they are wrong, and held-out text is not looked at.
  /// - Returns: nil if anything is wrong, which is reported.
  func readEvaluation(corpora: [CorpusDeclaration]?) -> EvaluationDeclaration? {
    let keys = SectionKeys.evaluation
    guard let field = root.required("evaluate", "on which corpora losses are measured"),
      let section = Section(field, expected: "the keys \(listed(keys))")
    else { return nil }
    section.refuseUnknown(allowed: [("keys", keys)])
    let evaluated = section.required("on", "a list of corpora, as [english]")
      .flatMap { readEvaluated($0, corpora: corpora) }
    var points: Int? = PipelineDefaults.evaluationPoints
    if let field = section["points"] { points = field.integer(in: 1...1_000_000) }
    var limit: Int?
    if let field = section["tokens"] {
      limit = field.integer(in: 1...Int.max, of: " of tokens")
      if limit == nil { return nil }
    }
    guard let evaluated, let points else { return nil }
    return EvaluationDeclaration(corpora: evaluated, points: points, tokenLimit: limit)
  }

  private func readEvaluated(_ field: Field, corpora: [CorpusDeclaration]?) -> [String]? {
    guard let elements = field.elements(expected: "corpora, as [english]") else { return nil }
    var names: OrderedSet<String> = []
    var isSound = true
    for element in elements {
      guard let name = corpusNames.reference(element) else {
        isSound = false
        continue
      }
      if !names.append(name).inserted {
        element.report("'\(name)' stands in the list twice; keep one")
        isSound = false
      }
      if let corpus = corpora?.first(where: { $0.name == name }), corpus.heldOut == 0 {
        element.report(
          "'\(name)' has no held-out text to evaluate on; set corpora.\(name).held_out above 0"
        )
        isSound = false
      }
    }
    return isSound ? Array(names) : nil
  }

  /// The section `laws`, which may be missing.
  ///
  /// - Parameter evaluated: The corpora that losses are measured on; nil if that is not known.
  /// - Returns: nil if anything is wrong, which is reported.
  func readLaws(evaluated: [String]?) -> [LawDeclaration]? {
    guard let field = root["laws"] else { return [] }
    guard let section = Section(field, expected: "names and laws") else { return nil }
    var laws: [LawDeclaration] = []
    for (name, field) in section.fields {
      let law = readLaw(
        field, name: name, among: Array(section.fields.keys), above: laws, evaluated: evaluated)
      if let law { laws.append(law) }
    }
    return laws.count == section.fields.count ? laws : nil
  }

  private func readLaw(
    _ field: Field, name: String, among names: [String], above: [LawDeclaration],
    evaluated: [String]?
  ) -> LawDeclaration? {
    let keys = SectionKeys.law
    let before = findings.count
    _ = checkName(
      name, of: "law", at: field.keyPosition, path: field.path, allowsDots: false,
      findings: findings)
    guard
      let section = Section(field, expected: "the keys \(listed(keys)) and the plugin's options")
    else { return nil }
    let use = readPlugin(section, of: .scalingLaw, keys: keys)
    let stages = DeclaredNames(kind: "stage", names: Self.keys(of: "stages", in: root))
    let stage = section.required("stage", "the stage whose runs the law is fitted to")
      .flatMap(stages.reference)
    let corpus = section.required("corpus", "the corpus whose losses the law is fitted to")
      .flatMap { readMeasured($0, evaluated: evaluated) }
    var points: FitPoints? = PipelineDefaults.fitPoints
    if let field = section["points"] { points = field.choice(FitPoints.self) }
    let freeze = section["freeze"].flatMap {
      readFreeze($0, of: name, use: use, among: names, above: above)
    }
    guard findings.count == before, let use, let stage, let corpus, let points else { return nil }
    return LawDeclaration(
      name: name, use: use, stage: stage, corpus: corpus, points: points, freeze: freeze)
  }

  private func readMeasured(_ field: Field, evaluated: [String]?) -> String? {
    guard let corpus = corpusNames.reference(field) else { return nil }
    if let evaluated, !evaluated.contains(corpus) {
      field.report(
        "no loss is measured on '\(corpus)'; add it to evaluate.on, which has \(listed(evaluated))")
      return nil
    }
    return corpus
  }

  private func readFreeze(
    _ field: Field, of name: String, use: PluginUse?, among names: [String],
    above: [LawDeclaration]
  ) -> FrozenTerms? {
    let keys = SectionKeys.freeze
    guard let section = Section(field, expected: "the keys \(listed(keys))") else { return nil }
    section.refuseUnknown(allowed: [("keys", keys)])
    let from = section.required("from", "the law whose fit the terms are taken from")
      .flatMap { earlier($0, than: name, in: DeclaredNames(kind: "law", names: names)) }
    let terms = section.required("terms", "a list of terms, as [E, A, alpha]").flatMap { field in
      let source = above.first { $0.name == from }
      return readTerms(field, of: use, named: name, from: source)
    }
    guard let from, let terms else { return nil }
    return FrozenTerms(law: from, terms: terms)
  }

  /// Reads terms, each of which both laws must have.
  private func readTerms(
    _ field: Field, of use: PluginUse?, named name: String, from source: LawDeclaration?
  ) -> [String]? {
    guard let elements = field.elements(expected: "terms, as [E, A, alpha]") else { return nil }
    let laws = [source.map { ($0.name, $0.use) }, use.map { (name, $0) }].compactMap(\.self)
    let known = laws.compactMap { law, use in
      knownTerms(of: use, at: field).map { (law: law, plugin: use.plugin, terms: $0) }
    }
    var terms: OrderedSet<String> = []
    for element in elements {
      guard let term = element.text(expected: "the name of a term, as alpha") else { continue }
      if !terms.append(term).inserted { element.report("'\(term)' is frozen twice; keep one") }
      guard let stranger = known.first(where: { !$0.terms.contains(term) }) else { continue }
      let hint = suggestion(for: term, among: stranger.terms)
      element.report(
        "'\(term)' is not a term of the law '\(stranger.law)' (\(stranger.plugin))"
          + "\(hint.isEmpty ? ";" : hint) its terms are \(listed(stranger.terms))")
    }
    return Array(terms)
  }

  private func knownTerms(of use: PluginUse, at field: Field) -> [String]? {
    do {
      return try catalog?.terms(ofLaw: use.plugin, options: use.options)
    } catch {
      field.report("\(error)")
      return nil
    }
  }
}
