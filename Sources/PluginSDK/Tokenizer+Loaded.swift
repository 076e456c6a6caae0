import CPluginABI

/// A tokenizer plugin behind the C table.
package struct LoadedTokenizerFactory: TokenizerFactory {
  let plugin: LoadedPlugin
  let table: cpt_tokenizer_table

  package var identity: PluginIdentity { plugin.identity }
  package var options: [OptionDeclaration] { plugin.options }

  /// Reads the plugin's table.
  ///
  /// - Throws: ``PluginError`` if a function is missing.
  package init(_ plugin: LoadedPlugin) throws(PluginError) {
    self.plugin = plugin
    table = try plugin.table(orZero: cpt_tokenizer_table()) { table in
      unsafe [
        "train": has(table.train), "load": has(table.load), "save": has(table.save),
        "vocabulary_size": has(table.vocabulary_size), "encode": has(table.encode),
        "decode": has(table.decode), "destroy": has(table.destroy),
      ]
    }
  }

  package func train(
    on documents: any DocumentSource, options: OptionValues
  ) throws(PluginError) -> any Tokenizer {
    let exported = ExportedDocuments(documents)
    do throws(PluginError) {
      let instance = try unsafe LoadedInstance(plugin, "train", options, destroy: table.destroy) {
        options, instance, error in
        unsafe exported.withTable { unsafe table.train?(options, $0, instance, error) }
      }
      // A plugin that takes a failure for the end has seen only some of the documents.
      if let failure = exported.failure { throw failure }
      return try LoadedTokenizer(instance, table, of: plugin)
    } catch {
      throw exported.failure ?? error
    }
  }

  package func load(
    model: [UInt8], options: OptionValues
  ) throws(PluginError) -> any Tokenizer {
    let instance = try unsafe LoadedInstance(plugin, "load", options, destroy: table.destroy) {
      options, instance, error in
      unsafe model.withUnsafeBufferPointer { model in
        unsafe table.load?(options, model.baseAddress, model.count, instance, error)
      }
    }
    return try LoadedTokenizer(instance, table, of: plugin)
  }
}

/// A tokenizer behind the C table.
private final class LoadedTokenizer: Tokenizer {
  let vocabularySize: Int
  private let instance: LoadedInstance
  private let table: cpt_tokenizer_table

  init(
    _ instance: LoadedInstance, _ table: cpt_tokenizer_table, of plugin: LoadedPlugin
  ) throws(PluginError) {
    self.instance = instance
    self.table = table
    vocabularySize = try instance.concurrent { () throws(PluginError) in
      let size = calling("vocabulary_size") {
        unsafe Int(table.vocabulary_size?(instance.pointer) ?? 0)
      }
      guard (1...CLimits.vocabularySize).contains(size) else {
        throw PluginError(
          .internal,
          "vocabulary_size returned \(size); from 1 to \(CLimits.vocabularySize) are allowed")
      }
      return size
    }
  }

  func encode(_ bytes: [UInt8]) throws(PluginError) -> [TokenID] {
    try instance.concurrent { () throws(PluginError) in
      // A byte gives one id at most in every vocabulary that holds all bytes.
      var ids = [TokenID](repeating: 0, count: bytes.count)
      var count = try encode(bytes, into: &ids)
      guard count <= CLimits.idsPerByte * max(CLimits.idsPerByte, bytes.count) else {
        throw PluginError(
          .internal, "encode asks for room for \(count) ids of \(bytes.count) bytes")
      }
      if count > ids.count {
        ids = [TokenID](repeating: 0, count: count)
        count = try encode(bytes, into: &ids)
      }
      guard count <= ids.count else {
        throw PluginError(
          .internal, "encode asks for room for \(count) ids after it asked for \(ids.count)")
      }
      if count < ids.count { ids.removeLast(ids.count - count) }
      guard let wrong = ids.first(where: { $0 < 0 || $0 >= vocabularySize }) else { return ids }
      throw PluginError(
        .internal, "encode gave the id \(wrong), outside 0 ..< \(vocabularySize)")
    }
  }

  /// Fills `ids` and returns how many there are, or how much room is needed.
  private func encode(
    _ bytes: [UInt8], into ids: inout [TokenID]
  ) throws(PluginError) -> Int {
    var count = 0
    do throws(PluginError) {
      try unsafe checked("encode") { error in
        unsafe bytes.withUnsafeBufferPointer { bytes in
          unsafe ids.withUnsafeMutableBufferPointer { ids in
            unsafe table.encode?(
              instance.pointer, bytes.baseAddress, bytes.count, ids.baseAddress, ids.count,
              &count, error)
          }
        }
      }
    } catch {
      guard error.status == .bufferTooSmall, count > ids.count else { throw error }
      return count
    }
    guard (0...ids.count).contains(count) else {
      throw PluginError(
        .internal, "encode says it wrote \(count) ids into room for \(ids.count)")
    }
    return count
  }

  func decode(_ ids: [TokenID]) throws(PluginError) -> [UInt8] {
    try instance.concurrent { () throws(PluginError) in
      try unsafe CollectedBytes.from { sink throws(PluginError) in
        try unsafe checked("decode") { error in
          unsafe ids.withUnsafeBufferPointer { ids in
            unsafe table.decode?(instance.pointer, ids.baseAddress, ids.count, sink, error)
          }
        }
      }
    }
  }

  func save() throws(PluginError) -> [UInt8] {
    try instance.serial { () throws(PluginError) in
      try unsafe CollectedBytes.from { sink throws(PluginError) in
        try unsafe checked("save") { error in unsafe table.save?(instance.pointer, sink, error) }
      }
    }
  }
}
