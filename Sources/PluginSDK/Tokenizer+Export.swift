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
        try unsafe copy(encoded, to: ids, capacity)
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
    destroy: { instance in unsafe Instance.destroy(instance) },
    encode_batch: { instance, text, offsets, documentCount, ids, capacity, counts, error in
      unsafe answer(error) { () throws(PluginError) in
        guard let counts = unsafe counts else { throw PluginError(.internal, "counts is null") }
        let texts = try unsafe lists(text, offsets, documentCount)
        let encoded = try unsafe Instance.at(instance).encode(batch: texts)
        guard encoded.count == documentCount else {
          throw PluginError(
            .internal, "\(encoded.count) lists of ids came of \(documentCount) documents")
        }
        for index in encoded.indices { unsafe counts[index] = encoded[index].count }
        try unsafe copy(encoded.elements, to: ids, capacity)
      }
    })
}

/// Copies ids into room that the host lends.
private func copy(
  _ encoded: [TokenID], to ids: UnsafeMutablePointer<TokenID>?, _ capacity: Int
) throws(PluginError) {
  guard !encoded.isEmpty else { return }
  guard encoded.count <= capacity, let ids = unsafe ids else {
    throw PluginError(
      .bufferTooSmall, "\(encoded.count) ids do not fit into room for \(capacity)")
  }
  let room = unsafe UnsafeMutableBufferPointer(start: ids, count: encoded.count)
  _ = unsafe room.update(fromContentsOf: encoded)
}

/// Copies the documents of a batch that the host lends.
private func lists(
  _ start: UnsafePointer<UInt8>?, _ offsets: UnsafePointer<Int>?, _ count: Int
) throws(PluginError) -> ConcatenatedLists<UInt8> {
  guard let offsets = unsafe offsets, count >= 1 else {
    throw PluginError(.internal, "the offsets of the documents are null")
  }
  let places = unsafe Array(UnsafeBufferPointer(start: offsets, count: count + 1))
  guard let end = places.last, end >= 0,
    let lists = ConcatenatedLists(
      elements: try unsafe bytes(start, end, "the documents"), offsets: places)
  else { throw PluginError(.internal, "the offsets of the documents fall") }
  return lists
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
