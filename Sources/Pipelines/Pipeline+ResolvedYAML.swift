import PluginBridges
import PluginSDK

extension Pipeline {
  /// The pipeline as a file that says everything: defaults filled in, paths absolute, shorthands
  /// written out, in an order that does not depend on how it was written first.
  ///
  /// It decodes to the same pipeline wherever it stands. Of a sweep it lists the combinations, with
  /// what differs between them: shorthands and what stages inherit are resolved by then. An optimizer that equals the pipeline's is
  /// not repeated in a stage.
  package var resolvedYAML: String {
    guard !variants.isEmpty else { return YAMLTree.mapping(entries).document }
    let trees = variants.map { YAMLTree.mapping($0.pipeline.entries) }
    let changes = YAMLTree.differences(of: trees)
    let sweep = variants.enumerated().map { place, variant -> YAMLTree in
      let label = variant.values.map { ($0.name, YAMLTree.text($0.text)) }
      let values = changes.map { ($0.path, $0.values[place]) }
      return .mapping([("label", .mapping(label)), ("set", .mapping(values))])
    }
    return YAMLTree.mapping(entries + [("sweep", .mapping([("variants", .list(sweep))]))]).document
  }

  /// All sections but the sweep.
  private var entries: [(key: String, value: YAMLTree)] {
    var entries: [(key: String, value: YAMLTree)] = [
      ("schema", .plain("1")),
      ("name", .text(name)),
      ("seed", .plain("\(seed)")),
    ]
    if let plugins = pluginPolicy.tree(folders: pluginFolders) {
      entries.append(("plugins", plugins))
    }
    entries += [
      ("corpora", .mapping(corpora.map { ($0.name, $0.tree) })),
      ("tokenizer", tokenizer.tree),
      ("model", model.tree),
      ("optimizer", .mapping([("plugin", .text(optimizer.use.plugin))] + optimizer.entries)),
      ("batch", batch.tree),
      ("memory", .text(memory.rawValue)),
      ("stages", .mapping(stages.map { ($0.name, $0.tree(beside: optimizer)) })),
      ("evaluate", evaluation.tree),
    ]
    if !laws.isEmpty { entries.append(("laws", .mapping(laws.map { ($0.name, $0.tree) }))) }
    return entries
  }
}

extension PluginPolicy {
  /// The section `plugins`: a list of folders where nothing is demanded; nil if there is no folder
  /// either.
  fileprivate func tree(folders: [String]) -> YAMLTree? {
    let list = folders.isEmpty ? nil : YAMLTree.list(folders.map(YAMLTree.text))
    guard self != PluginPolicy() else { return list }
    var entries: [(key: String, value: YAMLTree)] = []
    if let list { entries.append(("folders", list)) }
    for (key, tree) in [
      ("isolation", isolation.tree { .text($0.rawValue) }),
      ("worker_deadline", workerDeadline.tree { .plain("\($0.components.seconds)s") }),
      ("worker_memory", workerMemory.tree { number($0) }),
    ] {
      if let tree { entries.append((key, tree)) }
    }
    if !pins.isEmpty {
      let pins = pins.sorted { $0.key < $1.key }
        .map { ($0.key, YAMLTree.text(PluginTrustText.text(ofDigest: $0.value))) }
      entries.append(("pin", .mapping(pins)))
    }
    if let requiredSigner {
      entries.append(
        ("require_signature", .text(PluginTrustText.text(ofPublicKey: requiredSigner))))
    }
    return .mapping(entries)
  }

}

extension PluginChoice {
  /// One value for all plugins, or a mapping of kinds and names; nil if nothing is said.
  fileprivate func tree(_ write: (Value) -> YAMLTree) -> YAMLTree? {
    if ofKinds.isEmpty, ofPlugins.isEmpty { return all.map(write) }
    // The mapping has no word for all others, so each kind is written.
    let kinds = PluginKind.ofLibraries.compactMap { kind in
      (ofKinds[kind] ?? all).map { (kind.name, write($0)) }
    }
    return .mapping(
      kinds + ofPlugins.sorted { $0.key < $1.key }.map { ($0.key, write($0.value)) })
  }
}

extension CorpusDeclaration {
  fileprivate var tree: YAMLTree {
    let patterns = files.map { YAMLTree.text(FilePatterns.escape($0)) }
    var entries: [(key: String, value: YAMLTree)] = [
      ("files", .list(patterns)), ("language", .text(language)),
    ]
    if let licence { entries.append(("licence", .text(licence))) }
    entries += [("held_out", number(heldOut)), ("text", .text(textField))]
    return .mapping(entries)
  }
}

extension TokenizerDeclaration {
  fileprivate var tree: YAMLTree {
    var entries: [(key: String, value: YAMLTree)] = [("plugin", .text(use.plugin))]
    if !trainOn.isEmpty { entries.append(("train_on", Pipelines.tree(of: trainOn))) }
    if let limit = trainingByteLimit { entries.append(("train_bytes", number(limit))) }
    return .mapping(entries + use.options.entries(beside: SectionKeys.tokenizer))
  }
}

extension ModelDeclaration {
  fileprivate var tree: YAMLTree {
    var entries: [(key: String, value: YAMLTree)] = [
      ("plugin", .text(use.plugin)), ("context", number(context)),
    ]
    let rungs = ladder.compactMap(\.tree)
    if !rungs.isEmpty { entries.append(("ladder", .list(rungs))) }
    entries.append(("count", .text(counting.rawValue)))
    return .mapping(entries + use.options.entries(beside: SectionKeys.model))
  }
}

extension ModelSize {
  /// The element of a ladder's list; nil where there is no ladder.
  fileprivate var tree: YAMLTree? {
    switch self {
    case .near(let parameters): number(parameters)
    case .shape(let name, let options):
      .mapping(
        [("name", .text(name))]
          + options.entries(beside: SectionKeys.model + SectionKeys.rung))
    case .asWritten: nil
    }
  }
}

extension OptimizerDeclaration {
  /// All but the plugin's name.
  fileprivate var entries: [(key: String, value: YAMLTree)] {
    var entries: [(key: String, value: YAMLTree)] = [
      ("learning_rate", number(learningRate)),
      (
        "schedule",
        schedule.function.map { .mapping([("function", .text($0))]) }
          ?? .text(schedule.shape.rawValue)
      ),
      ("warmup", number(schedule.warmup)),
    ]
    if schedule.shape == .warmupStableDecay {
      entries += [("decay", number(schedule.decay)), ("branches", .plain("\(branches)"))]
    }
    if schedule.shape != .constant, schedule.shape != .function {
      entries.append(("final", number(schedule.finalFraction)))
    }
    entries.append(("clip", clip.map { number($0) } ?? .plain("none")))
    return entries + use.options.entries(beside: SectionKeys.optimizer)
  }
}

extension BatchDeclaration {
  fileprivate var tree: YAMLTree {
    var entries: [(key: String, value: YAMLTree)] = [("tokens", number(tokens))]
    if let microBatch { entries.append(("micro_batch", number(microBatch))) }
    return .mapping(entries)
  }
}

extension StageDeclaration {
  fileprivate func tree(beside pipelineOptimizer: OptimizerDeclaration) -> YAMLTree {
    var entries: [(key: String, value: YAMLTree)] = []
    switch strategy {
    case .fromScratch: entries.append(("strategy", .text("from-scratch")))
    case .continued(let from):
      entries += [("strategy", .text("continue")), ("from", .text(from))]
    }
    switch budget {
    case .tokens(let tokens): entries.append(("tokens", number(tokens)))
    case .perParameter(let ratio):
      let figure = Int(exactly: ratio).map(String.init) ?? "\(ratio)"
      entries.append(("tokens", .plain("\(figure)N")))
    }
    entries.append(
      (
        "data",
        .mapping([("plugin", .text(data.plugin))] + data.options.entries(beside: SectionKeys.data))
      ))
    if optimizer != pipelineOptimizer { entries.append(("optimizer", .mapping(optimizer.entries))) }
    return .mapping(entries)
  }
}

extension EvaluationDeclaration {
  fileprivate var tree: YAMLTree {
    var entries: [(key: String, value: YAMLTree)] = [
      ("on", .list(corpora.map(YAMLTree.text))), ("points", number(points)),
    ]
    if let tokenLimit { entries.append(("tokens", number(tokenLimit))) }
    return .mapping(entries)
  }
}

extension LawDeclaration {
  fileprivate var tree: YAMLTree {
    var entries: [(key: String, value: YAMLTree)] = [
      ("plugin", .text(use.plugin)), ("stage", .text(stage)), ("corpus", .text(corpus)),
      ("points", .text(points.rawValue)),
    ]
    if let freeze {
      let terms = YAMLTree.list(freeze.terms.map(YAMLTree.text))
      entries.append(("freeze", .mapping([("from", .text(freeze.law)), ("terms", terms)])))
    }
    return .mapping(entries + use.options.entries(beside: SectionKeys.law))
  }
}

extension OptionValues {
  /// In the order of their names, as a set of options has none of its own.
  ///
  /// - Parameter keys: The section's own keys; an option of such a name cannot be written.
  /// - Returns: The options as the section's entries.
  fileprivate func entries(beside keys: [String]) -> [(key: String, value: YAMLTree)] {
    let free = values.filter { !keys.contains($0.key) }
    return free.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value.tree) }
  }
}

extension OptionValue {
  fileprivate var tree: YAMLTree {
    switch self {
    case .boolean(let value): .plain(value ? "true" : "false")
    case .integer(let value): number(value)
    case .real(let value): number(value)
    case .text(let value): .text(value)
    case .shares(let value): Pipelines.tree(of: value)
    }
  }
}

private func tree(of shares: [CorpusShare]) -> YAMLTree {
  .mapping(shares.map { ($0.corpus, number($0.share)) })
}

private func number(_ value: Int) -> YAMLTree { .plain("\(value)") }

/// The shortest text that reads back as the same number.
private func number(_ value: Double) -> YAMLTree {
  if value.isInfinite { return .plain(value < 0 ? "-.inf" : ".inf") }
  return .plain("\(value)")
}
