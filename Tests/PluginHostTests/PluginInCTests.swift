import Logging
import PluginBridges
import PluginHost
import PluginSDK
import TestFolders
import Testing

/// A plugin written in C from the headers alone works like one in Swift, here and in a worker.
@Suite(.enabled(if: CompiledPlugin.canBuild && BuiltPlugins.areThere)) struct PluginInCTests {
  static let need = OptionValues(["offset": .integer(3)])

  @Test(arguments: PluginIsolation.allCases)
  func encodesDecodesSavesAndLoads(isolation: PluginIsolation) throws {
    let plugin = try PluginInC()
    let factory = try plugin.registry(isolation).tokenizer(named: "shifted")
    #expect(factory.identity.toolchain.isEmpty == false)
    let tokenizer = try factory.train(on: Texts(["ab", "cde"]), options: Self.need)
    #expect(try tokenizer.encode([0, 1, 255]) == [3, 4, 258])
    #expect(try tokenizer.decode([3, 4, 258]) == [0, 1, 255])
    // It has no function for batches.
    #expect(
      try tokenizer.encode(batch: ConcatenatedLists([[0, 1], [], [255]]))
        == ConcatenatedLists([[3, 4], [], [258]]))
    #expect(try tokenizer.save() == [3, 2, 5])
    #expect(try factory.load(model: [9], options: Self.need).encode([0]) == [9])
  }

  @Test(arguments: PluginIsolation.allCases)
  func itsErrorsKeepTheirWords(isolation: PluginIsolation) throws {
    let plugin = try PluginInC()
    let factory = try plugin.registry(isolation).tokenizer(named: "shifted")
    #expect(
      throws: PluginError(
        .corruptData, "the model is empty: train it again", plugin: "shifted")
    ) { try factory.load(model: [], options: Self.need) }
  }

  @Test(arguments: PluginIsolation.allCases)
  func itsOptionsAreChecked(isolation: PluginIsolation) throws {
    let plugin = try PluginInC()
    let registry = plugin.registry(isolation)
    #expect(
      try registry.options(of: .tokenizer, named: "shifted")
        == [
          OptionDeclaration(
            "offset", .integer(0...100), .required, help: "What is added to a byte.")
        ])
    #expect(throws: PluginError.self) {
      try registry.tokenizer(named: "shifted").train(
        on: Texts([]), options: OptionValues(["offset": .integer(101)]))
    }
  }

  @Test(arguments: PluginIsolation.allCases)
  func hostServicesReachIt(isolation: PluginIsolation) throws {
    let plugin = try PluginInC()
    let cancellation = Cancellation()
    let heard = Heard()
    let registry = plugin.registry(
      isolation,
      HostEnvironment(
        logger: Logger(label: "test") { _ in heard.handler }, cancellation: cancellation,
        progress: { heard.add("\($0.plugin) \($0.fraction) \($0.message)") }))
    let factory = try registry.tokenizer(named: "shifted")
    _ = try factory.train(on: Texts(["ab"]), options: Self.need)
    #expect(
      heard.lines.filter { !$0.contains("worker process") }
        == ["warning shifted: in C", "shifted 0.5 half"])
    cancellation.request()
    let error = #expect(throws: PluginError.self) {
      try factory.train(on: Texts(["ab"]), options: Self.need)
    }
    #expect(try #require(error).status == .cancelled)
  }
}

/// A compiled C plugin in a folder of its own.
private struct PluginInC {
  private let compiled: CompiledPlugin

  init() throws { compiled = try CompiledPlugin(Self.source, named: "shifted") }

  func registry(
    _ isolation: PluginIsolation, _ environment: HostEnvironment? = nil
  ) -> PluginRegistry {
    switch isolation {
    case .worker: .isolated(compiled.folder.path, environment: environment)
    case .none:
      PluginRegistry(
        PluginSearchPath([compiled.folder.path]), environment: environment ?? .silent)
    }
  }

  private static let source = #"""
    #include <cpt_plugin.h>
    #include <stdlib.h>
    #include <string.h>

    CPT_PLUGIN_RECORD(CPT_KIND_TOKENIZER, CPT_CONCURRENCY_SERIAL, "shifted", "0.1.0", "entry_in_c", "")

    typedef struct { int offset; uint8_t documents, bytes; } shifted;

    static const cpt_host *services;

    static cpt_text literal(const char *text) { return (cpt_text){text, strlen(text)}; }

    static void release(cpt_error *error) { free(error); }

    static cpt_status fail(cpt_error **slot, cpt_status status, const char *message) {
      if (slot && (*slot = calloc(1, sizeof **slot)))
        **slot = (cpt_error){sizeof **slot, status, literal(message), NULL, release};
      return status;
    }

    static cpt_status train(const cpt_options *options, const cpt_documents *documents,
                            void **instance, cpt_error **error) {
      if (CPT_HAS(services, is_cancelled) && services->is_cancelled(services->context))
        return fail(error, CPT_CANCELLED, "stopped");
      if (CPT_HAS(services, log)) services->log(services->context, CPT_LOG_WARNING, literal("in C"));
      if (CPT_HAS(services, progress)) services->progress(services->context, 0.5, literal("half"));
      shifted *made = calloc(1, sizeof *made);
      if (!made) return CPT_OUT_OF_MEMORY;
      made->offset = (int)options->values[0].integer;
      cpt_text document;
      cpt_status status;
      while (!(status = documents->next(documents->context, &document)) && document.data) {
        made->documents++;
        made->bytes += (uint8_t)document.length;
      }
      if (status) { free(made); return status; }
      *instance = made;
      return CPT_OK;
    }

    static cpt_status load(const cpt_options *options, const uint8_t *model, size_t length,
                           void **instance, cpt_error **error) {
      if (!length) return fail(error, CPT_CORRUPT_DATA, "the model is empty: train it again");
      shifted *made = calloc(1, sizeof *made);
      if (!made) return CPT_OUT_OF_MEMORY;
      made->offset = model[0];
      *instance = made;
      return CPT_OK;
    }

    static cpt_status save(void *instance, const cpt_byte_sink *sink, cpt_error **error) {
      shifted *it = instance;
      uint8_t offset = (uint8_t)it->offset, rest[2] = {it->documents, it->bytes};
      cpt_status status = sink->write(sink->context, &offset, 1);
      return status ? status : sink->write(sink->context, rest, 2);
    }

    static int32_t vocabulary_size(void *instance) { return 256 + ((shifted *)instance)->offset; }

    static cpt_status encode(void *instance, const uint8_t *bytes, size_t length, int32_t *ids,
                             size_t capacity, size_t *count, cpt_error **error) {
      *count = length;
      if (length > capacity) return CPT_BUFFER_TOO_SMALL;
      for (size_t i = 0; i < length; i++) ids[i] = bytes[i] + ((shifted *)instance)->offset;
      return CPT_OK;
    }

    static cpt_status decode(void *instance, const int32_t *ids, size_t count,
                             const cpt_byte_sink *sink, cpt_error **error) {
      for (size_t i = 0; i < count; i++) {
        uint8_t byte = (uint8_t)(ids[i] - ((shifted *)instance)->offset);
        cpt_status status = sink->write(sink->context, &byte, 1);
        if (status) return status;
      }
      return CPT_OK;
    }

    static const cpt_option options[] = {{
      sizeof(cpt_option), {"offset", 6}, CPT_OPTION_INTEGER, CPT_OPTION_REQUIRED, NULL, 0, 100, NULL,
      0, {"What is added to a byte.", 24}}};

    static const cpt_tokenizer_table table = {
      sizeof table, train, load, save, vocabulary_size, encode, decode, free, NULL};

    cpt_status entry_in_c(const cpt_host *host, cpt_plugin *plugin, cpt_error **error) {
      services = host;
      *plugin = (cpt_plugin){sizeof *plugin, CPT_ABI_MAJOR, CPT_ABI_MINOR, CPT_KIND_TOKENIZER,
                             options, 1, sizeof(cpt_option), &table};
      return CPT_OK;
    }
    """#
}
