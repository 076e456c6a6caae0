// What every plugin in C needs: texts, errors, options, and the host's services where it offers them.
#ifndef SUPPORT_H
#define SUPPORT_H

#include <cpt_plugin.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Marks the entry function: everything else stays hidden, as the Makefile asks.
#define EXPORT __attribute__((visibility("default")))

// The initializer of a cpt_text from a string literal.
#define TEXT(literal) {literal, sizeof(literal) - 1}

static inline int text_equals(cpt_text text, const char *other) {
  return text.length == strlen(other) && (text.length == 0 || !memcmp(text.data, other, text.length));
}

static inline void support_release(cpt_error *error) {
  free(error->context);
  free(error);
}

// Stores an error and returns its status. The words are for the person who runs the pipeline: what is
// wrong, what is allowed, how to mend it.
__attribute__((format(printf, 3, 4)))
static inline cpt_status fail(cpt_error **slot, cpt_status status, const char *format, ...) {
  if (!slot) return status;
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  cpt_error *error = calloc(1, sizeof *error);
  char *message = length < 0 ? NULL : malloc((size_t)length + 1);
  if (!error || !message) {
    free(error);
    free(message);
    return status;
  }
  va_start(arguments, format);
  vsnprintf(message, (size_t)length + 1, format, arguments);
  va_end(arguments);
  *error = (cpt_error){.struct_size = sizeof *error,
                       .status = status,
                       .message = {message, (size_t)length},
                       .context = message,
                       .release = support_release};
  *slot = error;
  return status;
}

// The value of an option, or null where it is absent. The host has checked it against the declaration.
static inline const cpt_option_value *find_option(const cpt_options *options, const char *name) {
  for (size_t index = 0; index < options->count; index++) {
    const char *place = (const char *)options->values + index * options->stride;
    const cpt_option_value *value = (const cpt_option_value *)(const void *)place;
    if (text_equals(value->name, name)) return value;
  }
  return NULL;
}

// The host's services, each of which may be absent.

static inline int is_cancelled(const cpt_host *host) {
  return CPT_HAS(host, is_cancelled) && host->is_cancelled(host->context);
}

static inline void report_progress(const cpt_host *host, double fraction, cpt_text message) {
  if (CPT_HAS(host, progress)) host->progress(host->context, fraction, message);
}

// Fills what the entry function hands over, no further than the host's struct reaches.
static inline cpt_status hand_over(cpt_plugin *plugin, cpt_kind kind, const cpt_option *options,
                                   size_t option_count, const void *table, cpt_error **error) {
  cpt_plugin filled = {.struct_size = sizeof filled,
                       .abi_major = CPT_ABI_MAJOR,
                       .abi_minor = CPT_ABI_MINOR,
                       .kind = kind,
                       .options = options,
                       .option_count = option_count,
                       .option_stride = sizeof(cpt_option),
                       .table = table};
  if (plugin->struct_size < offsetof(cpt_plugin, table) + sizeof plugin->table)
    return fail(error, CPT_UNSUPPORTED, "the host is older than this plugin: update it");
  if (plugin->struct_size < filled.struct_size) filled.struct_size = plugin->struct_size;
  memcpy(plugin, &filled, filled.struct_size);
  return CPT_OK;
}

#endif
