import CPluginABI

private let exportedType = ExportSlot<any TokenizerPlugin.Type>()
private typealias Instance = ExportedInstance<any Tokenizer>

/// Hands a tokenizer type to the host; the body of the library's entry function.
///
/// ```swift
/// @c(byte_pair_entry)
/// public func entry(_ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?) -> CStatus {
///   unsafe exportTokenizer(BytePair.self, host, plugin, error)
/// }
/// ```
public func exportTokenizer<Plugin: TokenizerPlugin>(
  _ type: Plugin.Type, _ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?
) -> CStatus {
  unsafe answer(error) { () throws(PluginError) in
    try unsafe fill(
      plugin, kind: .tokenizer, options: type.options, table: tokenizerTable(), host: host
    ) { services throws(PluginError) in
      try exportedType.set(type, ObjectIdentifier(type), host: services)
    }
  }
}

/// The functions that carry the exported type through the C ABI.
private func tokenizerTable() -> cpt_tokenizer_table {
  unsafe cpt_tokenizer_table(
    struct_size: MemoryLayout<cpt_tokenizer_table>.size,
    train: { options, documents, instance, error in
      unsafe answer(error) { () throws(PluginError) in
        let (type, host) = try exportedType.get()
        let tokenizer = try unsafe type.train(
          on: LoadedDocuments(documents),
          options: OptionValues(options, declared: type.options), host: host)
        try unsafe Instance.store(tokenizer, in: instance)
      }
    },
    load: { options, model, length, instance, error in
      unsafe answer(error) { () throws(PluginError) in
        let (type, host) = try exportedType.get()
        let tokenizer = try unsafe type.init(
          model: bytes(model, length, "the model"),
          options: OptionValues(options, declared: type.options), host: host)
        try unsafe Instance.store(tokenizer, in: instance)
      }
    },
    save: { instance, sink, error in
      unsafe answer(error) { () throws(PluginError) in
        try unsafe Instance.at(instance).save().write(to: sink)
      }
    },
    vocabulary_size: { instance in
      guard let tokenizer = try? unsafe Instance.at(instance) else { return 0 }
      return Int32(clamping: tokenizer.vocabularySize)
    },
    encode: { instance, text, length, ids, capacity, count, error in
      unsafe answer(error) { () throws(PluginError) in
        guard let count = unsafe count else { throw PluginError(.internal, "count is null") }
        let encoded = try unsafe Instance.at(instance).encode(bytes(text, length, "the text"))
        unsafe count.pointee = encoded.count
        guard encoded.count <= capacity, let ids = unsafe ids else {
          if encoded.isEmpty { return }
          throw PluginError(
            .bufferTooSmall, "\(encoded.count) ids do not fit into room for \(capacity)")
        }
        let room = unsafe UnsafeMutableBufferPointer(start: ids, count: encoded.count)
        _ = unsafe room.update(fromContentsOf: encoded)
      }
    },
    decode: { instance, ids, count, sink, error in
      unsafe answer(error) { () throws(PluginError) in
        guard unsafe ids != nil || count == 0 else {
          throw PluginError(.internal, "the ids are null")
        }
        let ids = unsafe Array(UnsafeBufferPointer(start: ids, count: count))
        try unsafe Instance.at(instance).decode(ids).write(to: sink)
      }
    },
    destroy: { instance in unsafe Instance.destroy(instance) })
}

/// Copies bytes that the host lends.
private func bytes(
  _ start: UnsafePointer<UInt8>?, _ count: Int, _ name: StaticString
) throws(PluginError) -> [UInt8] {
  guard unsafe start != nil || count == 0 else {
    throw PluginError(.internal, "\(name) is null but has \(count) bytes")
  }
  return unsafe Array(UnsafeBufferPointer(start: start, count: count))
}
