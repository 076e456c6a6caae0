// A tokenizer as an author of version 1.0 writes it: each byte moved by an offset.
#include <cpt_plugin.h>
#include <stdlib.h>
#include <string.h>

CPT_PLUGIN_RECORD(CPT_KIND_TOKENIZER, CPT_CONCURRENCY_CONCURRENT, "kept-tokenizer", "1.0.0",
                  "kept_entry", "")

typedef struct { uint8_t offset, documents; } moved;

static const cpt_host *services;

static void release(cpt_error *error) { free(error); }

static cpt_status fail(cpt_error **slot, cpt_status status, const char *message) {
  if (slot && (*slot = calloc(1, sizeof **slot))) {
    (*slot)->struct_size = sizeof **slot;
    (*slot)->status = status;
    (*slot)->message = (cpt_text){message, strlen(message)};
    (*slot)->release = release;
  }
  return status;
}

static cpt_status make(const cpt_options *options, uint8_t documents, void **instance) {
  moved *made = calloc(1, sizeof *made);
  if (!made) return CPT_OUT_OF_MEMORY;
  for (size_t i = 0; i < options->count; i++) {
    const cpt_option_value *value =
        (const cpt_option_value *)((const char *)options->values + i * options->stride);
    if (value->name.length == 6 && !memcmp(value->name.data, "offset", 6))
      made->offset = (uint8_t)value->integer;
  }
  made->documents = documents;
  *instance = made;
  return CPT_OK;
}

static cpt_status train(const cpt_options *options, const cpt_documents *documents, void **instance,
                        cpt_error **error) {
  uint8_t count = 0;
  for (cpt_text document;; count++) {
    cpt_status status = documents->next(documents->context, &document);
    if (status) return status;
    if (!document.data) break;
  }
  if (CPT_HAS(services, log)) services->log(services->context, CPT_LOG_DEBUG, (cpt_text){"seen", 4});
  return make(options, count, instance);
}

static cpt_status load(const cpt_options *options, const uint8_t *model, size_t length,
                       void **instance, cpt_error **error) {
  if (length != 1) return fail(error, CPT_CORRUPT_DATA, "the model must have one byte");
  return make(options, model[0], instance);
}

static cpt_status save(void *instance, const cpt_byte_sink *sink, cpt_error **error) {
  return sink->write(sink->context, &((moved *)instance)->documents, 1);
}

static int32_t vocabulary_size(void *instance) { return 256 + ((moved *)instance)->offset; }

static cpt_status encode(void *instance, const uint8_t *bytes, size_t length, int32_t *ids,
                         size_t capacity, size_t *count, cpt_error **error) {
  *count = length;
  if (length > capacity) return CPT_BUFFER_TOO_SMALL;
  for (size_t i = 0; i < length; i++) ids[i] = bytes[i] + ((moved *)instance)->offset;
  return CPT_OK;
}

static cpt_status decode(void *instance, const int32_t *ids, size_t count, const cpt_byte_sink *sink,
                         cpt_error **error) {
  for (size_t i = 0; i < count; i++) {
    uint8_t byte = (uint8_t)(ids[i] - ((moved *)instance)->offset);
    cpt_status status = sink->write(sink->context, &byte, 1);
    if (status) return status;
  }
  return CPT_OK;
}

static const cpt_option_value offset_default = {
    .struct_size = sizeof(cpt_option_value), .name = {"offset", 6}, .type = CPT_OPTION_INTEGER,
    .integer = 3};

static const cpt_option options[] = {
    {.struct_size = sizeof(cpt_option), .name = {"offset", 6}, .type = CPT_OPTION_INTEGER,
     .presence = CPT_OPTION_DEFAULTED, .default_value = &offset_default, .minimum = 0,
     .maximum = 100, .help = {"What is added to a byte.", 24}}};

static const cpt_tokenizer_table table = {
    .struct_size = sizeof table, .train = train, .load = load, .save = save,
    .vocabulary_size = vocabulary_size, .encode = encode, .decode = decode, .destroy = free};

cpt_status kept_entry(const cpt_host *host, cpt_plugin *plugin, cpt_error **error) {
  services = host;
  if (plugin->struct_size > sizeof *plugin) plugin->struct_size = sizeof *plugin;
  plugin->abi_major = CPT_ABI_MAJOR;
  plugin->abi_minor = CPT_ABI_MINOR;
  plugin->kind = CPT_KIND_TOKENIZER;
  plugin->options = options;
  plugin->option_count = 1;
  plugin->option_stride = sizeof(cpt_option);
  plugin->table = &table;
  return CPT_OK;
}
