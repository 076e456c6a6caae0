import CPluginABI
import CPluginCalls
import PluginBridges
import PluginSDK
import Synchronization
import Testing

/// While a plugin runs, its name and function stand on record for the report of a crash.
struct PluginCallTests {
  private static let seen = Mutex<[String]>([])

  private static func note() {
    let call = unsafe plugin_call_current()
    let plugin = unsafe call.plugin.map { unsafe String(cString: $0.pointee.name) }
    let function = unsafe call.function.map { unsafe String(cString: $0) }
    seen.withLock { $0.append("\(plugin ?? "-") \(function ?? "-")") }
  }

  /// Calls back into the host, and functions that are not checked for an error, keep the right name.
  @Test func everyCallIsOnRecordUnderItsName() throws {
    let table = unsafe cpt_tokenizer_table(
      struct_size: MemoryLayout<cpt_tokenizer_table>.size,
      train: { _, documents, instance, _ in
        PluginCallTests.note()
        var document = unsafe cpt_text()
        _ = unsafe documents?.pointee.next?(documents?.pointee.context, &document)
        PluginCallTests.note()
        unsafe instance?.pointee = Nothing.pointer
        return cpt_status(CPT_OK)
      },
      load: { _, _, _, _, _ in cpt_status(CPT_OK) },
      save: { _, _, _ in
        PluginCallTests.note()
        return cpt_status(CPT_INTERNAL)
      },
      vocabulary_size: { _ in
        PluginCallTests.note()
        return 256
      },
      encode: { _, _, _, _, _, _, _ in cpt_status(CPT_OK) },
      decode: { _, _, _, _, _ in cpt_status(CPT_OK) },
      destroy: { _ in PluginCallTests.note() }, encode_batch: nil)
    let factory = try LoadedTokenizerFactory(HandMadePlugin(.tokenizer, table).load())
    do {
      let tokenizer = try factory.train(on: NotingDocuments(), options: OptionValues())
      #expect(throws: PluginError.self) { try tokenizer.save() }
    }
    Self.note()
    #expect(
      Self.seen.withLock { $0 } == [
        "hand-made train", "hand-made train", "hand-made train", "hand-made vocabulary_size",
        "hand-made save", "hand-made destroy", "- -",
      ])
  }

  private final class NotingDocuments: DocumentSource {
    let byteCount = 0

    func next() -> [UInt8]? {
      PluginCallTests.note()
      return nil
    }
  }
}
