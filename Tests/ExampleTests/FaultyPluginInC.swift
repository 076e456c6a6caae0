import Foundation
import TestFolders

/// A tokenizer in C that keeps every law, or has one fault, chosen when it is compiled.
struct FaultyPluginInC {
  enum Fault: String, CaseIterable, Sendable {
    case none = "NONE"
    case followsNull = "FOLLOWS_NULL"
    case aborts = "ABORTS"
    case exits = "EXITS"
    case neverReturns = "NEVER_RETURNS"
    case takesAllMemory = "TAKES_ALL_MEMORY"
    case leaks = "LEAKS"
    case needsTheLog = "NEEDS_THE_LOG"
    case refusesToLoad = "REFUSES_TO_LOAD"
    case losesZeros = "LOSES_ZEROS"
    case isSilent = "IS_SILENT"
  }

  private let folder: TemporaryFolder
  /// The library.
  let path: String

  private static let compiler = ["/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/clang"]
    .first { FileManager.default.isExecutableFile(atPath: $0) }
  /// Whether there is a compiler.
  static let canBuild = compiler != nil

  /// Compiles the plugin.
  init(_ fault: Fault) throws {
    folder = try TemporaryFolder()
    path = folder.path("a plugin.so")
    let source = try folder.write("faulty.c", Self.source)
    let headers = ProjectFolders.repository.appending(path: "Sources/CPluginABI/include")
    let compiled = try HostProcess.run(
      [
        "-std=c99", "-Wall", "-Werror", "-shared", "-fPIC", "-D\(fault.rawValue)", "-I",
        headers.path(percentEncoded: false), source, "-o", path,
      ], host: URL(filePath: Self.compiler ?? "/usr/bin/cc"))
    guard compiled.status == 0 else { throw CompilationFailure(description: compiled.errors) }
  }

  struct CompilationFailure: Error, CustomStringConvertible {
    let description: String
  }

  private static let source = #"""
    #include <cpt_plugin.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>

    CPT_PLUGIN_RECORD(CPT_KIND_TOKENIZER, CPT_CONCURRENCY_CONCURRENT, "faulty", "0.1.0", "enter", "")

    static const cpt_host *host;
    static int instance_of_all;

    static cpt_text literal(const char *text) { return (cpt_text){text, strlen(text)}; }
    static void release(cpt_error *error) { free(error); }

    static cpt_status fail(cpt_error **slot, cpt_status status, const char *message) {
    #ifdef IS_SILENT
      slot = NULL;
    #endif
      if (slot && (*slot = calloc(1, sizeof **slot)))
        **slot = (cpt_error){sizeof **slot, status, literal(message), NULL, release};
      return status;
    }

    static cpt_status train(const cpt_options *options, const cpt_documents *documents,
                            void **instance, cpt_error **error) {
    #ifdef NEEDS_THE_LOG
      host->log(host->context, CPT_LOG_INFO, literal("training"));
    #endif
      *instance = &instance_of_all;
      return CPT_OK;
    }

    static cpt_status load(const cpt_options *options, const uint8_t *model, size_t length,
                           void **instance, cpt_error **error) {
      if (length != 8 || memcmp(model, "in C, 1\n", 8))
        return fail(error, CPT_CORRUPT_DATA, "not a model of this plugin: train it again");
      *instance = &instance_of_all;
      return CPT_OK;
    }

    static cpt_status save(void *instance, const cpt_byte_sink *sink, cpt_error **error) {
      return sink->write(sink->context, (const uint8_t *)"in C, 1\n", 8);
    }

    static int32_t vocabulary_size(void *instance) { return 256; }

    static cpt_status encode(void *instance, const uint8_t *bytes, size_t length, int32_t *ids,
                             size_t capacity, size_t *count, cpt_error **error) {
      puts("the plugin prints");
    #ifdef FOLLOWS_NULL
      *(volatile int *)NULL = 1;
    #endif
    #ifdef ABORTS
      fprintf(stderr, "an invariant does not hold\n");
      abort();
    #endif
    #ifdef EXITS
      exit(0);
    #endif
    #ifdef NEVER_RETURNS
      for (volatile int i = 0;; i++) {}
    #endif
    #ifdef TAKES_ALL_MEMORY
      for (;;) {
        char *more = malloc(1 << 20);
        if (!more) abort();
        memset(more, 1, 1 << 20);
      }
    #endif
    #ifdef LEAKS
      char *kept = malloc(5000);
      if (kept) memset(kept, 1, 5000);
    #endif
      *count = length;
      if (length > capacity) return CPT_BUFFER_TOO_SMALL;
      for (size_t i = 0; i < length; i++) ids[i] = bytes[i];
      return CPT_OK;
    }

    static cpt_status decode(void *instance, const int32_t *ids, size_t count,
                             const cpt_byte_sink *sink, cpt_error **error) {
      for (size_t i = 0; i < count; i++) {
        if (ids[i] < 0 || ids[i] > 255)
          return fail(error, CPT_INVALID_ARGUMENT, "an id that is no byte");
        uint8_t byte = (uint8_t)ids[i];
    #ifdef LOSES_ZEROS
        if (!byte) continue;
    #endif
        cpt_status status = sink->write(sink->context, &byte, 1);
        if (status) return status;
      }
      return CPT_OK;
    }

    static void destroy(void *instance) {}

    static const cpt_option options[] = {{
      sizeof(cpt_option), {"count", 5}, CPT_OPTION_INTEGER, CPT_OPTION_OPTIONAL, NULL, 0, 100, NULL,
      0, {"A number that changes nothing.", 30}}};

    static const cpt_tokenizer_table table = {
      sizeof table, train, load, save, vocabulary_size, encode, decode, destroy};

    cpt_status enter(const cpt_host *given, cpt_plugin *plugin, cpt_error **error) {
      host = given;
    #ifdef REFUSES_TO_LOAD
      return fail(error, CPT_INTERNAL, "no licence was found");
    #endif
      *plugin = (cpt_plugin){sizeof *plugin, CPT_ABI_MAJOR, CPT_ABI_MINOR, CPT_KIND_TOKENIZER,
                             options, 1, sizeof(cpt_option), &table};
      return CPT_OK;
    }
    """#
}
