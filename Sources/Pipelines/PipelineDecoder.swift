import Foundation
package import PluginBridges
import PluginSDK

/// Turns the text of a pipeline file into a checked pipeline, or into every mistake it holds.
package struct PipelineDecoder {
  /// Decodes a pipeline.
  ///
  /// Nothing is run: beside the text only the corpora's file names and the catalog are asked.
  ///
  /// - Parameters:
  ///   - text: YAML.
  ///   - file: The path of the file, for messages; relative paths in the text start at its folder.
  ///   - overrides: Values that take the place of those in the text, one after the other.
  ///   - catalog: Makes what plugin options are checked against, from the plugin folders and what is
  ///     demanded of plugins; it is asked only if that is beyond doubt.
  /// - Returns: The pipeline, which needs no further check.
  /// - Throws: All mistakes at once.
  package static func decode(
    text: String, file: String, overrides: [PipelineOverride] = [],
    catalog: (_ folders: [String], _ policy: PluginPolicy) throws -> any PluginCatalog
  ) throws(PipelineError) -> Pipeline {
    let findings = Findings()
    guard var node = YAMLNode.parse(text, file: file, findings: findings) else {
      throw findings.required()
    }
    for override in overrides { node.apply(override, findings: findings) }
    guard let sweep = node.takeSweep() else {
      return try decode(node, file: file, findings: findings, catalog: catalog)
    }
    return try SweptDecoder(file: file, node: node, findings: findings)
      .decode(sweep, catalog: catalog)
  }

  /// Decodes a tree without a sweep, to what was found before.
  static func decode(
    _ node: YAMLNode, file: String, findings: Findings,
    catalog: (_ folders: [String], _ policy: PluginPolicy) throws -> any PluginCatalog
  ) throws(PipelineError) -> Pipeline {
    guard let root = root(of: node, file: file, findings: findings) else {
      throw findings.required()
    }
    let reader = PipelineReader(
      root: root, folder: FilePatterns.folder(ofFile: file), catalog: catalog)
    let pipeline = reader.read()
    if let error = findings.error() { throw error }
    guard let pipeline else {
      preconditionFailure("a pipeline was refused and nothing was reported")
    }
    return pipeline
  }

  /// The whole file as a mapping; nil if it is none, which is reported.
  static func root(of node: YAMLNode, file: String, findings: Findings) -> Section? {
    let start = SourcePosition(file: file, line: 1, column: 1)
    let whole = Field(path: "", keyPosition: start, node: node, findings: findings)
    return Section(whole, expected: "the keys \(listed(SectionKeys.pipeline))")
  }

  /// Decodes a pipeline file.
  package static func decode(
    contentsOf file: String, overrides: [PipelineOverride] = [],
    catalog: (_ folders: [String], _ policy: PluginPolicy) throws -> any PluginCatalog
  ) throws(PipelineError) -> Pipeline {
    try decode(text: try text(of: file), file: file, overrides: overrides, catalog: catalog)
  }

  /// Decodes what a pipeline file says of plugins, and nothing else of it.
  ///
  /// - Returns: The folders, absolute, and what is demanded of plugins; whether there are plugins of
  ///   the names that it has is not looked at.
  /// - Throws: All mistakes of that section.
  package static func plugins(
    contentsOf file: String
  ) throws(PipelineError) -> (folders: [String], policy: PluginPolicy) {
    let findings = Findings()
    guard let node = YAMLNode.parse(try text(of: file), file: file, findings: findings) else {
      throw findings.required()
    }
    guard let root = root(of: node, file: file, findings: findings) else {
      throw findings.required()
    }
    let section = PluginsSection(of: root, relativeTo: FilePatterns.folder(ofFile: file))
    guard let folders = section.folders, let policy = section.policy else {
      throw findings.required()
    }
    return (folders, policy)
  }

  /// Reads the text of a pipeline file.
  ///
  /// - Throws: Why it cannot be read, or that it is no text.
  package static func text(of file: String) throws(PipelineError) -> String {
    let problem: String
    do {
      let data = try Data(contentsOf: URL(filePath: file))
      if let text = String(validating: data, as: UTF8.self) { return text }
      problem = "the file is not UTF-8 text; save it as that"
    } catch {
      let reason = FilePatterns.obstacle(toReading: file) ?? error.localizedDescription
      problem = "the file cannot be read: \(reason)"
    }
    let start = Diagnostic(file: file, line: 1, column: 1, path: "", message: problem)
    throw PipelineError(diagnostics: [start])
  }
}

/// Reads the sections of a pipeline; one extension for each.
struct PipelineReader {
  let root: Section
  /// The folder of the file, absolute.
  let folder: String
  /// nil if there is none, or what is demanded of plugins is in doubt; why is reported.
  let catalog: (any PluginCatalog)?
  let pluginFolders: [String]
  let pluginPolicy: PluginPolicy
  /// Whether a plugin folder is missing, so that plugins may be missing whatever their names.
  let isCatalogPartial: Bool
  let corpusNames: DeclaredNames
  let findings: Findings

  init(
    root: Section, folder: String,
    catalog: (_ folders: [String], _ policy: PluginPolicy) throws -> any PluginCatalog
  ) {
    self.root = root
    self.folder = folder
    findings = root.findings
    corpusNames = DeclaredNames(kind: "corpus", names: Self.keys(of: "corpora", in: root))
    let plugins = PluginsSection(of: root, relativeTo: folder)
    pluginFolders = plugins.folders ?? []
    pluginPolicy = plugins.policy ?? PluginPolicy()
    isCatalogPartial = plugins.folders == nil
    self.catalog = plugins.catalog(catalog)
  }

  /// Reads all of it; nil if anything is missing, which is then reported.
  func read() -> Pipeline? {
    root.refuseUnknown(allowed: [("keys", SectionKeys.pipeline)])
    readSchema()
    let name = readName()
    let seed = readSeed()
    let corpora = readCorpora()
    let tokenizer = readTokenizer()
    let model = readModel()
    let optimizer = readOptimizer()
    let batch = readBatch(context: model?.context)
    let memory = readMemory()
    let stages = readStages(optimizer: optimizer)
    let evaluation = readEvaluation(corpora: corpora)
    let laws = readLaws(evaluated: evaluation?.corpora)
    guard let name, let seed, let corpora, let tokenizer, let model, let optimizer, let batch,
      let memory, let stages, let evaluation, let laws
    else { return nil }
    return Pipeline(
      name: name, seed: seed, pluginFolders: pluginFolders, pluginPolicy: pluginPolicy,
      corpora: corpora, tokenizer: tokenizer, model: model, optimizer: optimizer, batch: batch,
      memory: memory, stages: stages,
      evaluation: evaluation, laws: laws)
  }

  /// The keys of a part of the file whose keys are names; nil if it is missing or no mapping.
  static func keys(of part: String, in root: Section) -> [String]? {
    guard case .mapping(let entries) = root[part]?.node.content else { return nil }
    return entries.map(\.key)
  }

  private func readSchema() {
    guard let field = root.required("schema", "the version of the file's form, which is 1"),
      field.node.plainText != "1"
    else { return }
    field.reportMismatch(expected: "1, the only version of the file's form that is known here")
  }

  private func readName() -> String? {
    guard let field = root.required("name", "what the experiment is called, as english-to-chinese"),
      let name = field.text(expected: "a name")
    else { return nil }
    let isSound = checkName(
      name, of: "pipeline", at: field.node.position, path: field.path, allowsDots: true,
      findings: findings)
    return isSound ? name : nil
  }

  private func readSeed() -> UInt64? {
    guard let field = root["seed"] else { return PipelineDefaults.seed }
    // A seed may be too large for a signed integer.
    if let text = field.node.plainText, let seed = UInt64(text) { return seed }
    return field.integer(in: 0...Int.max).map(UInt64.init)
  }

  private func readMemory() -> ActivationMemory? {
    guard let field = root["memory"] else { return PipelineDefaults.memory }
    return field.choice(ActivationMemory.self)
  }
}

/// What the file may leave out.
enum PipelineDefaults {
  static let seed: UInt64 = 0
  static let heldOut = 0.01
  static let textField = "text"
  static let counting = ParameterCounting.nonEmbedding
  static let schedule = ScheduleShape.cosine
  static let warmup = 0.05
  static let decay = 0.2
  static let clip = 1.0
  static let memory = ActivationMemory.store
  static let evaluationPoints = 10
  static let fitPoints = FitPoints.final

  static func finalFraction(of shape: ScheduleShape) -> Double {
    switch shape {
    case .cosine: 0.1
    case .constant, .function: 1
    case .linear, .warmupStableDecay: 0
    }
  }
}

extension Findings {
  /// What was found, where something must have been.
  func required() -> PipelineError {
    guard let error = error() else {
      preconditionFailure("a file was refused and nothing was reported")
    }
    return error
  }
}
