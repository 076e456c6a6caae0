import Foundation
import Logging
import PluginHost
import PluginSDK
import TestFolders

/// A tokenizer in C that does what the text it is to encode says.
///
/// Where a deed gives an errno, that is the one id it answers with.
struct HostilePlugin {
  let compiled: CompiledPlugin

  /// Compiles it.
  ///
  /// - Parameter definitions: `IN_CONSTRUCTOR` and `IN_ENTRY` are statements to run there,
  ///   `CONCURRENCY` is what it declares.
  /// - Throws: What keeps it from being compiled.
  init(_ definitions: String...) throws {
    compiled = try CompiledPlugin(Self.source, named: "hostile", defining: definitions)
  }

  /// Loads it in a worker and makes an instance.
  func tokenizer(
    _ environment: HostEnvironment? = nil, silence: Duration = .seconds(300),
    memoryLimit: UInt64 = WorkerSettings.memoryOfMachine
  ) throws -> any Tokenizer {
    try PluginRegistry.isolated(
      compiled.folder.path, environment: environment, silence: silence, memoryLimit: memoryLimit
    ).tokenizer(named: "hostile").load(model: [], options: OptionValues())
  }

  private static let source = #"""
    #define _GNU_SOURCE
    #include <cpt_plugin.h>
    #include <errno.h>
    #include <fcntl.h>
    #include <pthread.h>
    #include <sched.h>
    #include <signal.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    #include <sys/socket.h>
    #include <unistd.h>

    #ifndef CONCURRENCY
    #define CONCURRENCY CPT_CONCURRENCY_CONCURRENT
    #endif
    #ifndef IN_CONSTRUCTOR
    #define IN_CONSTRUCTOR
    #endif
    #ifndef IN_ENTRY
    #define IN_ENTRY
    #endif

    CPT_PLUGIN_RECORD(CPT_KIND_TOKENIZER, CONCURRENCY, "hostile", "0.1.0", "hostile_entry", "")

    static const cpt_host *services;
    static int living, inside, most_inside;

    __attribute__((constructor)) static void construct(void) { IN_CONSTRUCTOR; }

    static cpt_text literal(const char *text) { return (cpt_text){text, strlen(text)}; }

    static cpt_status load(const cpt_options *options, const uint8_t *model, size_t length,
                           void **instance, cpt_error **error) {
      __atomic_add_fetch(&living, 1, __ATOMIC_SEQ_CST);
      *instance = malloc(1);
      return *instance ? CPT_OK : CPT_OUT_OF_MEMORY;
    }

    static cpt_status train(const cpt_options *options, const cpt_documents *documents,
                            void **instance, cpt_error **error) {
      return load(options, NULL, 0, instance, error);
    }

    static void destroy(void *instance) {
      __atomic_sub_fetch(&living, 1, __ATOMIC_SEQ_CST);
      free(instance);
    }

    static cpt_status save(void *instance, const cpt_byte_sink *sink, cpt_error **error) {
      return CPT_OK;
    }

    static int32_t vocabulary_size(void *instance) { return 1 << 24; }

    static int create_file(const char *path) {
      int file = open(path, O_CREAT | O_WRONLY, 0600);
      if (file < 0) return errno;
      int failed = write(file, "x", 1) != 1;
      close(file);
      return failed ? errno : 0;
    }

    static int create_temporary_file(void) {
      char path[4096];
      snprintf(path, sizeof path, "%s/some", getenv("TMPDIR"));
      return create_file(path);
    }

    static int log_the_folder(void) {
      services->log(services->context, CPT_LOG_INFO, literal(getenv("TMPDIR")));
      return 0;
    }

    static int open_socket(int domain) {
      int opened = socket(domain, SOCK_STREAM, 0);
      if (opened < 0) return errno;
      close(opened);
      return 0;
    }

    static void fill_memory(void) {
      const size_t part = 1 << 20;
      for (;;) {
        char *some = malloc(part);
        if (!some) abort();
        memset(some, 1, part);
      }
    }

    static void *log_on_its_own(void *nothing) {
      services->log(services->context, CPT_LOG_INFO, literal("from my own thread"));
      return NULL;
    }

    static int log_from_a_thread(void) {
      pthread_t thread;
      int error = pthread_create(&thread, NULL, log_on_its_own, NULL);
      return error ? error : pthread_join(thread, NULL);
    }

    static void *exit_later(void *nothing) {
      usleep(100000);
      _exit(9);
    }

    static int exit_after_the_call(void) {
      pthread_t thread;
      return pthread_create(&thread, NULL, exit_later, NULL);
    }

    static int chatter(void) {
      const size_t length = 100000;
      char *line = malloc(length);
      memset(line, '.', length);
      for (int i = 0; i < 100; i++)
        services->log(services->context, CPT_LOG_INFO, (cpt_text){line, length});
      free(line);
      return 0;
    }

    // Returns once two calls are in here at once.
    static int meet(void) {
      __atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST);
      while (__atomic_load_n(&inside, __ATOMIC_SEQ_CST) < 2) sched_yield();
      return 0;
    }

    // The most calls that were ever in here at once.
    static int crowd(void) {
      int now = __atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST);
      if (now > most_inside) most_inside = now;
      usleep(200);
      __atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);
      return most_inside;
    }

    static int answer(const char *deed) {
      if (!strcmp(deed, "segfault")) return *(volatile int *)8;
      if (!strcmp(deed, "abort")) abort();
      if (!strcmp(deed, "exit")) exit(3);
      if (!strcmp(deed, "exit later")) return exit_after_the_call();
      if (!strcmp(deed, "hang")) for (;;) pause();
      if (!strcmp(deed, "fill")) fill_memory();
      if (!strcmp(deed, "process")) return getpid();
      if (!strcmp(deed, "living")) return living;
      if (!strcmp(deed, "internet")) return open_socket(AF_INET);
      if (!strcmp(deed, "unix")) return open_socket(AF_UNIX);
      if (!strcmp(deed, "temporary")) return create_temporary_file();
      if (!strcmp(deed, "where")) return log_the_folder();
      if (!strcmp(deed, "thread")) return log_from_a_thread();
      if (!strcmp(deed, "chatter")) return chatter();
      if (!strcmp(deed, "meet")) return meet();
      if (!strcmp(deed, "crowd")) return crowd();
      if (!strncmp(deed, "create ", 7)) return create_file(deed + 7);
      if (!strncmp(deed, "remove ", 7)) return unlink(deed + 7) ? errno : 0;
      if (!strncmp(deed, "truncate ", 9)) return truncate(deed + 9, 0) ? errno : 0;
      return 0;
    }

    static cpt_status encode(void *instance, const uint8_t *bytes, size_t length, int32_t *ids,
                             size_t capacity, size_t *count, cpt_error **error) {
      char *deed = strndup((const char *)bytes, length);
      *count = 1;
      if (capacity >= 1) ids[0] = answer(deed);
      free(deed);
      return capacity >= 1 ? CPT_OK : CPT_BUFFER_TOO_SMALL;
    }

    static cpt_status decode(void *instance, const int32_t *ids, size_t count,
                             const cpt_byte_sink *sink, cpt_error **error) {
      return CPT_OK;
    }

    static const cpt_tokenizer_table table = {
      sizeof table, train, load, save, vocabulary_size, encode, decode, destroy};

    cpt_status hostile_entry(const cpt_host *host, cpt_plugin *plugin, cpt_error **error) {
      services = host;
      IN_ENTRY;
      *plugin = (cpt_plugin){sizeof *plugin, CPT_ABI_MAJOR, CPT_ABI_MINOR, CPT_KIND_TOKENIZER,
                             NULL, 0, 0, &table};
      return CPT_OK;
    }
    """#
}

extension Tokenizer {
  /// Has a ``HostilePlugin`` do something; what it answers.
  func `do`(_ deed: String) throws -> Int {
    Int(try encode(Array(deed.utf8)).first ?? -1)
  }
}
