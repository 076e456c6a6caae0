import OrderedCollections
import PluginBridges
import PluginSDK

/// Decodes a pipeline file once for each combination of its sweep.
struct SweptDecoder {
  let file: String
  /// The file without the sweep.
  let node: YAMLNode
  /// Of the file as a whole, and of the sweep.
  let findings: Findings

  /// Decodes all combinations.
  ///
  /// - Parameters:
  ///   - sweep: The entry of the section.
  ///   - catalog: Is asked once, as no combination changes what it depends on.
  /// - Returns: The first combination, with all of them as its variants.
  /// - Throws: All mistakes at once; of one that only some combinations have, it says which.
  func decode(
    _ sweep: YAMLNode.Entry,
    catalog: (_ folders: [String], _ policy: PluginPolicy) throws -> any PluginCatalog
  ) throws(PipelineError) -> Pipeline {
    guard let root = PipelineDecoder.root(of: node, file: file, findings: findings) else {
      throw findings.required()
    }
    let field = Field(
      path: "sweep", keyPosition: sweep.keyPosition, node: sweep.value, findings: findings)
    let combinations = SweepReader(field, of: root).combinations()
    // What is wrong in the rest of the file is told even if the sweep gives nothing.
    let tried =
      combinations.isEmpty ? [SweepReader.Combination(values: [], settings: [])] : combinations
    var made: Result<any PluginCatalog, any Error>?
    var variants: [PipelineVariant] = []
    var mistakes: OrderedDictionary<Diagnostic, [String]> = [:]
    for combination in tried {
      do throws(PipelineError) {
        let pipeline = try decode(combination) { folders, policy in
          let result = made ?? Result { try catalog(folders, policy) }
          made = result
          return try result.get()
        }
        variants.append(PipelineVariant(values: combination.values, pipeline: pipeline))
      } catch {
        let name = PipelineVariant.name(of: combination.values)
        for mistake in error.diagnostics { mistakes[mistake, default: []].append(name) }
      }
    }
    if combinations.isEmpty, findings.count == 0 {
      field.report("found no combination, expected at least one path with a list of values")
    }
    report(mistakes, of: tried.count)
    refuseTwins(variants, field)
    if let error = findings.error() { throw error }
    guard var pipeline = variants.first?.pipeline else { throw findings.required() }
    pipeline.variants = variants
    return pipeline
  }

  private func decode(
    _ combination: SweepReader.Combination,
    catalog: (_ folders: [String], _ policy: PluginPolicy) throws -> any PluginCatalog
  ) throws(PipelineError) -> Pipeline {
    let findings = Findings()
    var tree = node
    for setting in combination.settings {
      tree.set(
        setting.path, to: setting.value, at: setting.value.position, findings: findings)
    }
    return try PipelineDecoder.decode(tree, file: file, findings: findings, catalog: catalog)
  }

  private func report(_ mistakes: OrderedDictionary<Diagnostic, [String]>, of count: Int) {
    for (mistake, names) in mistakes {
      var message = mistake.message
      if names.count < count {
        let others = names.count > 1 ? " and \(names.count - 1) more" : ""
        message += " (in the combination \(names[0])\(others))"
      }
      let position = SourcePosition(
        file: mistake.file, line: mistake.line, column: mistake.column)
      findings.report(message, at: position, path: mistake.path)
    }
  }

  /// Reports combinations that come to the same, and what a study can have only one of.
  private func refuseTwins(_ variants: [PipelineVariant], _ field: Field) {
    var names: [Pipeline: String] = [:]
    var known: Set<String> = []
    for variant in variants {
      if let twin = names[variant.pipeline] {
        field.report(
          "the combinations \(twin) and \(variant.name) say the same; leave one out")
      } else if !known.insert(variant.name).inserted {
        field.report("two combinations are called \(variant.name); label them otherwise")
      }
      names[variant.pipeline] = variant.name
    }
    let architectures = OrderedSet(variants.map(\.pipeline.model.use.plugin))
    if architectures.count > 1 {
      field.report(
        "the combinations name the architectures \(listed(Array(architectures))), and a study has "
          + "one; write a pipeline for each")
    }
  }
}

extension YAMLNode {
  /// Takes the section `sweep` out of a file; nil if there is none, or it says nothing.
  mutating func takeSweep() -> Entry? {
    guard case .mapping(var entries) = content,
      let place = entries.firstIndex(where: { $0.key == "sweep" })
    else { return nil }
    let sweep = entries.remove(at: place)
    content = .mapping(entries)
    if case .scalar(_, isQuoted: false) = sweep.value.content, sweep.value.text == nil {
      return nil
    }
    return sweep
  }
}
