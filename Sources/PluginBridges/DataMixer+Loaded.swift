import CPluginABI
package import PluginSDK

/// A data-mixer plugin behind the C table.
package struct LoadedDataMixerFactory: DataMixerFactory {
  let plugin: LoadedPlugin
  let table: cpt_data_mixer_table

  package var identity: PluginIdentity { plugin.identity }
  package var options: [OptionDeclaration] { plugin.options }

  /// Reads the plugin's table.
  ///
  /// - Throws: ``PluginError`` if a function is missing.
  package init(_ plugin: LoadedPlugin) throws(PluginError) {
    self.plugin = plugin
    table = try plugin.table(orZero: cpt_data_mixer_table()) { table in
      unsafe [
        "create": has(table.create), "source_count": has(table.source_count),
        "source": has(table.source), "weights": has(table.weights),
        "destroy": has(table.destroy),
      ]
    }
  }

  package func make(options: OptionValues) throws(PluginError) -> any DataMixer {
    let instance = try unsafe LoadedInstance(plugin, "create", options, destroy: table.destroy) {
      options, instance, error in unsafe table.create?(options, instance, error)
    }
    return try LoadedDataMixer(instance, table)
  }
}

/// A data mixer behind the C table.
private final class LoadedDataMixer: DataMixer {
  let sources: [String]
  private let instance: LoadedInstance
  private let table: cpt_data_mixer_table

  init(_ instance: LoadedInstance, _ table: cpt_data_mixer_table) throws(PluginError) {
    self.instance = instance
    self.table = table
    sources = try instance.concurrent { () throws(PluginError) in
      try Self.sources(instance, table)
    }
  }

  private static func sources(
    _ instance: LoadedInstance, _ table: cpt_data_mixer_table
  ) throws(PluginError) -> [String] {
    let count = calling("source_count") {
      unsafe table.source_count?(instance.pointer) ?? 0
    }
    guard (1...CLimits.partCount).contains(count) else {
      throw PluginError(
        .internal,
        "source_count returned \(UInt(bitPattern: count)); from 1 to \(CLimits.partCount) are allowed"
      )
    }
    var names: [String] = []
    var known: Set<String> = []
    for index in 0..<count {
      let text = unsafe calling("source") {
        unsafe table.source?(instance.pointer, index) ?? cpt_text()
      }
      let name = try unsafe String(name: text, "source \(index)")
      guard !name.isEmpty, known.insert(name).inserted else {
        throw PluginError(.internal, "source \(index) has an empty or repeated name '\(name)'")
      }
      names.append(name)
    }
    return names
  }

  func weights(at progress: MixingProgress) throws(PluginError) -> [Double] {
    precondition(
      progress.sourceTokensDrawn.count == sources.count, "there are \(sources.count) sources")
    precondition(
      progress.sourceTokensDrawn.allSatisfy { $0 >= 0 }, "no source has drawn fewer than 0 tokens")
    var weights = [Double](repeating: .nan, count: sources.count)
    try instance.concurrent { () throws(PluginError) in
      try unsafe checked("weights") { error in
        unsafe progress.sourceTokensDrawn.withUnsafeBufferPointer { drawn in
          // What is not negative has the same bits without a sign.
          unsafe drawn.withMemoryRebound(to: UInt64.self) { drawn in
            var exported = unsafe cpt_mixing_progress(
              struct_size: MemoryLayout<cpt_mixing_progress>.size,
              tokens_drawn: UInt64(progress.tokensDrawn),
              tokens_planned: UInt64(progress.tokensPlanned),
              source_tokens_drawn: drawn.baseAddress, source_count: drawn.count)
            return unsafe table.weights?(instance.pointer, &exported, &weights, error)
          }
        }
      }
      // Shares such as 0.1 are not exact in binary, so the sum may miss one by rounding.
      guard weights.allSatisfy({ $0 >= 0 }), abs(weights.reduce(0, +) - 1) <= 1e-9 else {
        throw PluginError(
          .internal,
          "weights gave \(weights) for \(sources.joined(separator: ", ")); each must be at least "
            + "0 and their sum 1")
      }
    }
    return weights
  }
}
