import CPluginABI
package import PluginSDK

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
