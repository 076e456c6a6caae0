// A plugin of every kind that keeps the rules, or breaks the one that `zoo_behaviour` names.
//
// Tests compile it once and write the kind into the record and the behaviour into the file.
#include <cpt_plugin.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

CPT_PLUGIN_RECORD(CPT_KIND_TOKENIZER, CPT_CONCURRENCY_CONCURRENT, "zoo", "1.2.3", "zoo_entry", "")

__attribute__((used)) char zoo_behaviour[64] = "ZOO-BEHAVIOUR=honest";

static int is(const char *behaviour) { return !strcmp(zoo_behaviour + 14, behaviour); }

static cpt_text text(const char *words) { return (cpt_text){words, strlen(words)}; }

// Crashes

static volatile int zero;
static int *volatile nowhere = (int *)16;

static int overflow_stack(volatile char *above) {
  volatile char large[4096];
  large[0] = above ? above[0] : 0;
  if (large[0] == 77) return 0;
  return overflow_stack(large) + large[0];
}

// Misbehaves in a way that ends the process, if the behaviour is "`place`-..." for one of them.
__attribute__((noinline)) void zoo_misbehave(const char *place) {
  size_t length = strlen(place);
  const char *behaviour = zoo_behaviour + 14;
  if (strncmp(behaviour, place, length) || behaviour[length] != '-') return;
  const char *way = behaviour + length + 1;
  if (!strcmp(way, "segv")) *nowhere = 1;
  if (!strcmp(way, "null-call")) ((void (*)(void))(uintptr_t)zero)();
  if (!strcmp(way, "overflow")) zero = overflow_stack(NULL);
  if (!strcmp(way, "abort")) abort();
  if (!strcmp(way, "divides")) zero = 1000 / zero;
  if (!strcmp(way, "trap")) __builtin_trap();
  if (!strcmp(way, "exits")) exit(0);
  if (!strcmp(way, "hangs")) {
    fputs("it hangs now\n", stderr);
    for (;;) pause();
  }
  if (!strcmp(way, "prints")) {
    puts("words on standard output");
    fflush(stdout);
  }
}

__attribute__((constructor)) static void constructor(void) { zoo_misbehave("constructor"); }

// Errors

static void release(cpt_error *error) {
  if (!error->context) abort();  // a second time
  error->context = NULL;
}

static char long_words[3 << 20];

static cpt_status fail(cpt_error **slot) {
  static cpt_error error;
  error = (cpt_error){sizeof error, CPT_INTERNAL, text("as asked for"), &error, release};
  if (!is("error-silent")) *slot = &error;
  if (is("error-without-message")) error.message = (cpt_text){NULL, 0};
  if (is("error-null-message")) error.message = (cpt_text){NULL, 9};
  if (is("error-huge-message")) {
    memset(long_words, 'x', sizeof long_words);
    error.message = (cpt_text){long_words, sizeof long_words};
  }
  if (is("error-endless-message")) error.message.length = SIZE_MAX;
  if (is("error-not-utf8")) error.message = text("\xff\xfe\x80");
  if (is("error-without-release")) error.release = NULL;
  if (is("error-size-0")) error.struct_size = 0;
  if (is("error-size-1")) error.struct_size = 1;
  if (is("error-size-huge")) error.struct_size = SIZE_MAX & ~(size_t)7;
  if (is("error-though-ok")) return CPT_OK;
  if (is("error-status-nonsense")) return 77;
  if (is("error-status-negative")) return INT32_MIN;
  return CPT_INTERNAL;
}

static int fails(void) { return !strncmp(zoo_behaviour + 14, "error-", 6); }

// Services

static const cpt_host *host;

static void *call_host(void *unused) {
  host->log(host->context, CPT_LOG_INFO, text("from a thread of its own"));
  host->progress(host->context, 0.5, text("half"));
  host->is_cancelled(host->context);
  return unused;
}

static void call_host_badly(void) {
  if (is("host-from-thread")) {
    pthread_t thread;
    if (!pthread_create(&thread, NULL, call_host, NULL)) pthread_join(thread, NULL);
  }
  if (is("host-null-text")) host->log(host->context, CPT_LOG_INFO, (cpt_text){NULL, 12});
  if (is("host-not-utf8")) host->log(host->context, CPT_LOG_INFO, text("\xc3\x28"));
  if (is("host-level")) host->log(host->context, 99, text("of no level"));
  if (is("host-progress")) host->progress(host->context, NAN, text("?"));
  if (is("host-endless-text")) host->log(host->context, CPT_LOG_INFO, (cpt_text){"x", SIZE_MAX});
  if (is("host-extension") && host->extension)
    host->extension(host->context, (cpt_text){NULL, 5});
}

// Tokenizer

typedef struct { int alive; } instance;

static const cpt_documents *kept_documents;

static cpt_status make(void **result, cpt_error **error) {
  call_host_badly();
  zoo_misbehave("make");
  if (fails()) {
    cpt_status status = fail(error);
    if (status) return status;
  }
  if (is("make-nothing")) return CPT_OK;
  instance *made = calloc(1, sizeof *made);
  if (!made) return CPT_OUT_OF_MEMORY;
  made->alive = 1;
  *result = made;
  return CPT_OK;
}

static void destroy(void *it) {
  zoo_misbehave("destroy");
  instance *dead = it;
  if (!dead->alive) abort();  // a second time
  dead->alive = 0;            // and never freed, so that it would be seen
}

static cpt_status train(const cpt_options *options, const cpt_documents *documents, void **result,
                        cpt_error **error) {
  kept_documents = documents;
  cpt_text document;
  for (int i = 0; i < (is("train-reads-on") ? 1000 : 1); i++)
    documents->next(documents->context, &document);
  zoo_misbehave("train");
  return make(result, error);
}

static cpt_status load(const cpt_options *options, const uint8_t *model, size_t length,
                       void **result, cpt_error **error) {
  return make(result, error);
}

static cpt_status save(void *it, const cpt_byte_sink *sink, cpt_error **error) {
  zoo_misbehave("save");
  if (is("save-null")) return sink->write(sink->context, NULL, 5);
  if (is("save-without-end")) for (;;) {
    cpt_status status = sink->write(sink->context, (const uint8_t *)long_words, sizeof long_words);
    if (status) return status;
  }
  if (is("save-endless")) return sink->write(sink->context, (const uint8_t *)"x", SIZE_MAX);
  if (is("save-status")) return -5;
  return sink->write(sink->context, (const uint8_t *)"m", 1);
}

static int32_t vocabulary_size(void *it) {
  zoo_misbehave("vocabulary_size");
  return is("vocabulary-0") ? 0 : is("vocabulary-negative") ? -1 : is("vocabulary-100") ? 100
       : is("vocabulary-huge") ? INT32_MAX : 256;
}

static cpt_status encode(void *it, const uint8_t *bytes, size_t length, int32_t *ids,
                         size_t capacity, size_t *count, cpt_error **error) {
  zoo_misbehave("encode");
  *count = is("encode-count-huge") ? SIZE_MAX : is("encode-count-negative") ? (size_t)-1 : length;
  if (is("documents-kept")) {
    cpt_text document;
    return kept_documents->next(kept_documents->context, &document);
  }
  if (is("encode-nothing")) {
    *count = 0;
    return CPT_OK;
  }
  if (is("encode-never-enough")) { *count = capacity + 1; return CPT_BUFFER_TOO_SMALL; }
  if (is("encode-wants-all")) { *count = SIZE_MAX / 8; return CPT_BUFFER_TOO_SMALL; }
  if (length > capacity) return CPT_BUFFER_TOO_SMALL;
  for (size_t i = 0; i < length; i++) ids[i] = bytes[i];
  if (is("encode-id-negative") && length) ids[0] = -1;
  if (is("encode-id-large") && length) ids[0] = 256;
  return CPT_OK;
}

static cpt_status decode(void *it, const int32_t *ids, size_t count, const cpt_byte_sink *sink,
                         cpt_error **error) {
  zoo_misbehave("decode");
  if (is("decode-status")) return 1234;
  for (size_t i = 0; i < count; i++) {
    uint8_t byte = (uint8_t)ids[i];
    cpt_status status = sink->write(sink->context, &byte, 1);
    if (status) return status;
  }
  return CPT_OK;
}

static cpt_tokenizer_table tokenizer = {sizeof tokenizer, train, load, save, vocabulary_size,
                                        encode, decode, destroy};

// Data mixer and scaling law

static cpt_text numbered(size_t index) {
  static char names[60000][16];
  snprintf(names[index], sizeof names[index], "name%zu", index);
  return text(names[index]);
}

static cpt_status create(const cpt_options *options, void **result, cpt_error **error) {
  zoo_misbehave("create");
  return make(result, error);
}

static size_t source_count(void *it) {
  zoo_misbehave("source_count");
  return is("sources-0") ? 0 : is("sources-huge") ? SIZE_MAX : is("sources-many") ? 60000 : 2;
}

static cpt_text source(void *it, size_t index) {
  zoo_misbehave("source");
  if (is("source-null")) return (cpt_text){NULL, 3};
  if (is("source-empty")) return (cpt_text){NULL, 0};
  if (is("source-same")) return text("english");
  if (is("source-not-utf8")) return text("\xff");
  if (is("source-nul")) return (cpt_text){"a\0b", 3};
  if (is("source-long")) return (cpt_text){long_words, 1 << 20};
  if (is("sources-many")) return numbered(index);
  return index ? text("chinese") : text("english");
}

static cpt_status weights(void *it, const cpt_mixing_progress *progress, double *weights,
                          cpt_error **error) {
  zoo_misbehave("weights");
  if (is("weights-status")) return -7;
  weights[0] = is("weights-nan") ? NAN : is("weights-negative") ? -1 : is("weights-sum") ? 3 : 0.25;
  if (is("weights-infinite")) weights[0] = INFINITY;
  if (is("weights-huge")) weights[0] = 1e308;
  if (!is("weights-unwritten")) weights[1] = is("weights-negative") ? 2 : 0.75;
  return CPT_OK;
}

static cpt_data_mixer_table mixer = {sizeof mixer, create, source_count, source, weights, destroy};

static size_t variable_count(void *it) { return is("variables-0") ? 0 : 1; }

static cpt_text variable(void *it, size_t index) {
  return is("variable-null") ? (cpt_text){NULL, 1} : is("variable-other") ? text("Z") : text("D");
}

static size_t parameter_count(void *it) {
  zoo_misbehave("parameter_count");
  return is("parameters-0") ? 0 : is("parameters-huge") ? SIZE_MAX / 2
       : is("parameters-many") ? 60000 : 1;
}

static cpt_status parameter(void *it, size_t index, cpt_law_parameter *parameter, cpt_error **error) {
  zoo_misbehave("parameter");
  if (is("parameter-unwritten")) return CPT_OK;
  parameter->name = is("parameter-null") ? (cpt_text){NULL, 4} : text("E");
  if (is("parameters-many")) parameter->name = numbered(index);
  if (is("parameter-long")) parameter->name = (cpt_text){long_words, 1 << 20};
  if (is("parameter-nul")) parameter->name = (cpt_text){"a\0b", 3};
  parameter->role = is("parameter-role") ? 42 : CPT_LAW_COEFFICIENT;
  parameter->lower = is("parameter-nan") ? NAN : is("parameter-inverted") ? 9 : 0;
  parameter->upper = is("parameter-inverted") ? 1 : 10;
  if (is("parameter-infinite")) parameter->lower = parameter->upper = INFINITY;
  if (is("parameter-unbounded")) parameter->lower = -INFINITY, parameter->upper = INFINITY;
  parameter->unit = text("nats");
  if (is("parameter-size")) parameter->struct_size = 3;
  return CPT_OK;
}

static cpt_status evaluate(void *it, const double *theta, const double *const *columns, size_t count,
                           double *losses, double *gradients, cpt_error **error) {
  zoo_misbehave("evaluate");
  if (is("evaluate-status")) return 99;
  if (is("evaluate-unwritten")) return CPT_OK;
  for (size_t i = 0; i < count; i++) {
    losses[i] = is("evaluate-nan") ? NAN : is("evaluate-infinite") ? INFINITY
              : is("evaluate-negative") ? -theta[0] : is("evaluate-huge") ? 1e308 * theta[0]
              : theta[0];
    if (gradients) gradients[i] = 1;
  }
  return CPT_OK;
}

static cpt_status optimum(void *it, const double *theta, double compute, double *parameters,
                          double *tokens, cpt_error **error) {
  *parameters = is("optimum-nan") ? NAN : is("optimum-negative") ? -1 : 1;
  if (!is("optimum-unwritten")) *tokens = is("optimum-infinite") ? INFINITY : compute / 6;
  return CPT_OK;
}

static cpt_scaling_law_table law = {sizeof law, create, variable_count, variable, parameter_count,
                                    parameter, evaluate, optimum, destroy};

#include "graphs.h"

// Entry

static cpt_option_value value = {sizeof value, {"a", 1}, CPT_OPTION_INTEGER, .integer = 1};

static cpt_option options[2] = {
    {sizeof(cpt_option), {"a", 1}, CPT_OPTION_INTEGER, CPT_OPTION_DEFAULTED, &value, 0, 10, NULL, 0,
     {"One.", 4}},
    {sizeof(cpt_option), {"b", 1}, CPT_OPTION_TEXT, CPT_OPTION_OPTIONAL, NULL, -INFINITY, INFINITY,
     NULL, 0, {"Two.", 4}}};

static void spoil_options(cpt_plugin *plugin) {
  if (is("options-null")) plugin->options = NULL;
  if (is("options-count-huge")) plugin->option_count = SIZE_MAX;
  if (is("options-count-negative")) plugin->option_count = (size_t)-2;
  if (is("options-stride-0")) plugin->option_stride = 0;
  if (is("options-stride-1")) plugin->option_stride = 1;
  if (is("options-stride-8")) plugin->option_stride = 8;
  if (is("options-stride-odd")) plugin->option_stride = sizeof(cpt_option) + 1;
  if (is("options-stride-huge")) plugin->option_stride = SIZE_MAX / 2;
  if (is("option-size-0")) options[0].struct_size = 0;
  if (is("option-size-1")) options[0].struct_size = 1;
  if (is("option-size-huge")) options[0].struct_size = SIZE_MAX & ~(size_t)7;
  if (is("option-size-small")) options[0].struct_size = 24;
  if (is("option-name-null")) options[0].name.data = NULL;
  if (is("option-name-empty")) options[0].name.length = 0;
  if (is("option-name-endless")) options[0].name.length = SIZE_MAX;
  if (is("option-name-not-utf8")) options[0].name.data = "\xff";
  if (is("option-name-twice")) options[1].name.data = "a";
  if (is("option-type-0")) options[0].type = 0;
  if (is("option-type-99")) options[0].type = 99;
  if (is("option-presence-0")) options[0].presence = 0;
  if (is("option-presence-99")) options[0].presence = 99;
  if (is("option-default-null")) options[0].default_value = NULL;
  if (is("option-default-size")) value.struct_size = 2;
  if (is("option-default-type")) value.type = CPT_OPTION_REAL;
  if (is("option-default-outside")) value.integer = 11;
  if (is("option-bounds-nan")) options[0].minimum = NAN;
  if (is("option-bounds-inverted")) options[0].minimum = 11;
  if (is("option-bounds-fraction")) options[0].minimum = 0.5;
  if (is("option-bounds-huge")) options[0].maximum = 1e300;
  if (is("option-choices-null")) options[1].type = CPT_OPTION_CHOICE;
  if (is("option-choices-huge")) {
    static const cpt_text none;
    options[1] = (cpt_option){sizeof(cpt_option), {"b", 1}, CPT_OPTION_CHOICE, CPT_OPTION_OPTIONAL,
                              .choices = &none, .choice_count = SIZE_MAX};
  }
  if (is("option-help-null")) options[0].help.data = NULL;
  if (is("option-shares-null")) {
    value = (cpt_option_value){sizeof value, {"a", 1}, CPT_OPTION_SHARES, .share_count = 4};
    options[0].type = CPT_OPTION_SHARES;
  }
}

cpt_status zoo_entry(const cpt_host *services, cpt_plugin *plugin, cpt_error **error) {
  host = services;
  zoo_misbehave("entry");
  if (is("entry-fails")) return fail(error);
  if (is("entry-fails-silently")) return CPT_INTERNAL;
  if (is("entry-status-nonsense")) return 77;
  if (is("entry-status-negative")) return -1;
  if (is("entry-too-small")) return CPT_BUFFER_TOO_SMALL;
  if (is("entry-nothing")) return CPT_OK;
  volatile const cpt_record *record = &cpt_plugin_record;
  plugin->abi_major = is("entry-major-0") ? 0 : is("entry-major-2") ? 2 : CPT_ABI_MAJOR;
  plugin->abi_minor = is("entry-minor-99") ? 99 : CPT_ABI_MINOR;
  plugin->kind = is("entry-kind-other") ? CPT_KIND_OPTIMIZER : is("entry-kind-99") ? 99 : record->kind;
  plugin->options = options;
  plugin->option_count = 2;
  plugin->option_stride = sizeof(cpt_option);
  size_t *size;
  switch (record->kind) {
    case CPT_KIND_DATA_MIXER: plugin->table = size = &mixer.struct_size; break;
    case CPT_KIND_ARCHITECTURE: plugin->table = size = &architecture.struct_size; break;
    case CPT_KIND_OPTIMIZER: plugin->table = size = &optimizer.struct_size; break;
    case CPT_KIND_SCALING_LAW: plugin->table = size = &law.struct_size; break;
    default: plugin->table = size = &tokenizer.struct_size;
  }
  if (is("table-null")) plugin->table = NULL;
  if (is("table-size-0")) *size = 0;
  if (is("table-size-1")) *size = 1;
  if (is("table-size-9")) *size = 9;
  if (is("table-size-short")) *size = 24;
  if (is("table-size-huge")) *size = SIZE_MAX & ~(size_t)7;
  if (is("table-functions-null")) memset(size + 1, 0, 4 * sizeof(void *));
  if (is("table-encode-null")) tokenizer.encode = NULL;
  if (is("table-destroy-null")) tokenizer.destroy = NULL;
  if (is("plugin-size-0")) plugin->struct_size = 0;
  if (is("plugin-size-1")) plugin->struct_size = 1;
  if (is("plugin-size-16")) plugin->struct_size = 16;
  if (is("plugin-size-huge")) plugin->struct_size = SIZE_MAX & ~(size_t)7;
  spoil_options(plugin);
  return CPT_OK;
}
