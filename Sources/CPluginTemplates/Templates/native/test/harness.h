// What a test of a plugin needs: it opens the built library as a host does, and counts what fails.
#ifndef HARNESS_H
#define HARNESS_H

#include <cpt_plugin.h>
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

#define EXPECT(condition)                                                  \
  do {                                                                     \
    if (!(condition)) {                                                    \
      failures++;                                                          \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
    }                                                                      \
  } while (0)

static inline cpt_text text_of(const char *text) { return (cpt_text){text, strlen(text)}; }

// Prints what the plugin says of a failure, and ends the test.
static inline void need(cpt_status status, cpt_error *error, const char *what) {
  if (status == CPT_OK) return;
  int length = error ? (int)error->message.length : 0;
  fprintf(stderr, "%s failed with status %d: %.*s\n", what, status, length,
          error ? error->message.data : "");
  exit(1);
}

// Whether a call was refused with a status and with words; releases the words.
static inline int refused(cpt_status status, cpt_status expected, cpt_error **error) {
  int good = status == expected && *error && (*error)->message.length > 0;
  if (*error) (*error)->release(*error);
  *error = NULL;
  return good;
}

// A host without a single service: every one is optional.
static const cpt_host bare_host = {.struct_size = sizeof bare_host,
                                   .abi_major = CPT_ABI_MAJOR,
                                   .abi_minor = CPT_ABI_MINOR};

// Opens the library named on the command line, and asks its entry for the table.
static inline const void *open_plugin(int count, char **arguments, cpt_kind kind) {
  void *library = count == 2 ? dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL) : NULL;
  const cpt_record *record = library ? dlsym(library, "cpt_plugin_record") : NULL;
  void *symbol = record ? dlsym(library, record->entry) : NULL;
  if (!symbol) {
    fprintf(stderr, "usage: test LIBRARY (%s)\n", dlerror());
    exit(2);
  }
  cpt_plugin_entry entry;
  memcpy(&entry, &symbol, sizeof entry);
  cpt_plugin plugin = {.struct_size = sizeof plugin};
  cpt_error *error = NULL;
  need(entry(&bare_host, &plugin, &error), error, "the entry");
  EXPECT(record->kind == kind && plugin.kind == kind);
  return plugin.table;
}

// The options of one instance.
static inline cpt_options options_of(const cpt_option_value *values, size_t count) {
  return (cpt_options){sizeof(cpt_options), values, count, sizeof *values};
}

static inline int end_of_test(void) {
  printf(failures ? "%d failed\n" : "all passed\n", failures);
  return failures > 0;
}

#endif
