import CPluginABI

private let exportedType = ExportSlot<any DataMixerPlugin.Type>()
private typealias Instance = ExportedInstance<ExportedMixer>

/// Hands a data-mixer type to the host; the body of the library's entry function.
///
/// ```swift
/// @c(weighted_entry)
/// public func entry(_ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?) -> CStatus {
///   unsafe exportDataMixer(Weighted.self, host, plugin, error)
/// }
/// ```
public func exportDataMixer<Plugin: DataMixerPlugin>(
  _ type: Plugin.Type, _ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?
) -> CStatus {
  unsafe answer(error) { () throws(PluginError) in
    try unsafe fill(
      plugin, kind: .dataMixer, options: type.options, table: dataMixerTable(), host: host
    ) { services throws(PluginError) in
      try exportedType.set(type, ObjectIdentifier(type), host: services)
    }
  }
}

/// A mixer with the texts that it lends to the host for its life.
@safe
private final class ExportedMixer: Sendable {
  let mixer: any DataMixer
  // Safe to share: the arena is filled here and never changed.
  private nonisolated(unsafe) let arena: CArena
  private nonisolated(unsafe) let sources: [cpt_text]

  init(_ mixer: any DataMixer) {
    self.mixer = mixer
    let arena = CArena()
    unsafe sources = mixer.sources.map { unsafe arena.text($0) }
    unsafe self.arena = arena
  }

  var sourceCount: Int { unsafe sources.count }

  func source(_ index: Int) -> cpt_text {
    unsafe sources.indices.contains(index) ? sources[index] : cpt_text()
  }
}

/// The functions that carry the exported type through the C ABI.
private func dataMixerTable() -> cpt_data_mixer_table {
  unsafe cpt_data_mixer_table(
    struct_size: MemoryLayout<cpt_data_mixer_table>.size,
    create: { options, instance, error in
      unsafe answer(error) { () throws(PluginError) in
        let (type, host) = try exportedType.get()
        let mixer = try unsafe type.init(
          options: OptionValues(options, declared: type.options), host: host)
        try unsafe Instance.store(ExportedMixer(mixer), in: instance)
      }
    },
    source_count: { instance in (try? unsafe Instance.at(instance).sourceCount) ?? 0 },
    source: { instance, index in
      unsafe (try? Instance.at(instance).source(index)) ?? cpt_text()
    },
    weights: { instance, progress, weights, error in
      unsafe answer(error) { () throws(PluginError) in
        let exported = try unsafe Instance.at(instance)
        guard let result = unsafe weights else {
          throw PluginError(.internal, "weights is null")
        }
        let weights = try exported.mixer.weights(at: unsafe MixingProgress(progress))
        guard weights.count == exported.sourceCount else {
          throw PluginError(
            .internal,
            "the mixer gives \(weights.count) weights for \(exported.sourceCount) sources")
        }
        _ = unsafe UnsafeMutableBufferPointer(start: result, count: weights.count)
          .update(fromContentsOf: weights)
      }
    },
    destroy: { instance in unsafe Instance.destroy(instance) })
}

extension MixingProgress {
  /// Reads how far a stage has come.
  fileprivate init(_ progress: UnsafePointer<cpt_mixing_progress>?) throws(PluginError) {
    let progress = try unsafe readPrefixed(
      progress, "cpt_mixing_progress", orZero: cpt_mixing_progress())
    let count = unsafe progress.source_count
    guard unsafe progress.source_tokens_drawn != nil || count == 0 else {
      throw PluginError(.internal, "source_tokens_drawn is null")
    }
    let drawn = unsafe UnsafeBufferPointer(start: progress.source_tokens_drawn, count: count)
    self.init(
      tokensDrawn: Int(clamping: unsafe progress.tokens_drawn),
      tokensPlanned: Int(clamping: unsafe progress.tokens_planned),
      sourceTokensDrawn: unsafe drawn.map { Int(clamping: $0) })
  }
}
