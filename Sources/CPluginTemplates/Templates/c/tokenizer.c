// A tokenizer of characters: the most frequent ones of the training text have an id of their own, and
// everything else is written byte by byte, so that any bytes come back as they were.
//
// Ids 0 to 255 are the bytes; 256 and on are characters of more than one byte, the most frequent first.

#include "support.h"

CPT_PLUGIN_RECORD(CPT_KIND_TOKENIZER, CPT_CONCURRENCY_CONCURRENT, "example-plugin", "0.1.0",
                  "example_plugin_entry", "")

enum { BYTE_COUNT = 256, CODE_COUNT = 1 << 21 };
static const char model_header[] = "example-plugin characters 1\n";

static const cpt_host *host;

// A character, by its code, and its id.
typedef struct {
  uint32_t code;
  int32_t id;
} character;

typedef struct {
  size_t count;
  uint32_t *codes;      // by id - BYTE_COUNT
  character *by_code;   // the same, ascending by code
} tokenizer;

// The length of the character of 2 to 4 bytes that starts here in its shortest form, and its code; 0
// where there is none.
static size_t read_character(const uint8_t *bytes, size_t length, uint32_t *code) {
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  uint8_t first = bytes[0];
  size_t size = first >= 0xF0 && first < 0xF8 ? 4 : first >= 0xE0 && first < 0xF0 ? 3
                : first >= 0xC0 && first < 0xE0 ? 2 : 0;
  if (size == 0 || size > length) return 0;
  uint32_t value = first & (0x7Fu >> size);
  for (size_t index = 1; index < size; index++) {
    if ((bytes[index] & 0xC0) != 0x80) return 0;
    value = value << 6 | (bytes[index] & 0x3F);
  }
  if (value < least[size]) return 0;
  *code = value;
  return size;
}

// The bytes of a character: the inverse of read_character.
static size_t write_character(uint32_t code, uint8_t bytes[4]) {
  size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  for (size_t index = size - 1; index > 0; index--) {
    bytes[index] = (uint8_t)(0x80 | (code & 0x3F));
    code >>= 6;
  }
  bytes[0] = (uint8_t)(0xFF00u >> size | code);
  return size;
}

static int order_by_code(const void *left, const void *right) {
  uint32_t a = ((const character *)left)->code, b = ((const character *)right)->code;
  return (a > b) - (a < b);
}

static void destroy(void *instance) {
  tokenizer *it = instance;
  if (!it) return;
  free(it->codes);
  free(it->by_code);
  free(it);
}

static tokenizer *make(size_t count) {
  tokenizer *it = calloc(1, sizeof *it);
  if (!it) return NULL;
  it->count = count;
  it->codes = calloc(count + 1, sizeof *it->codes);
  it->by_code = calloc(count + 1, sizeof *it->by_code);
  if (it->codes && it->by_code) return it;
  destroy(it);
  return NULL;
}

// Builds the sorted list; whether no character stands in it twice.
static int complete(tokenizer *it) {
  for (size_t index = 0; index < it->count; index++)
    it->by_code[index] = (character){it->codes[index], (int32_t)(BYTE_COUNT + index)};
  qsort(it->by_code, it->count, sizeof *it->by_code, order_by_code);
  for (size_t index = 1; index < it->count; index++)
    if (it->by_code[index - 1].code == it->by_code[index].code) return 0;
  return 1;
}

// A character and how often it was seen.
typedef struct {
  uint64_t seen;
  uint32_t code;
} counted;

static int order_by_frequency(const void *left, const void *right) {
  const counted *a = left, *b = right;
  if (a->seen != b->seen) return a->seen < b->seen ? 1 : -1;
  return (a->code > b->code) - (a->code < b->code);
}

// Counts the characters of all documents.
static cpt_status count_characters(const cpt_documents *documents, uint64_t *seen,
                                   cpt_error **error) {
  uint64_t done = 0;
  for (;;) {
    if (is_cancelled(host)) return fail(error, CPT_CANCELLED, "stopped while counting characters");
    cpt_text document = {NULL, 0};
    cpt_status status = documents->next(documents->context, &document);
    if (status) return status;
    if (!document.data) return CPT_OK;
    const uint8_t *bytes = (const uint8_t *)document.data;
    uint32_t code = 0;
    for (size_t place = 0; place < document.length;) {
      size_t size = read_character(bytes + place, document.length - place, &code);
      if (size) seen[code]++;
      place += size ? size : 1;
    }
    done += document.length;
    if (documents->byte_count)
      report_progress(host, (double)done / (double)documents->byte_count,
                      (cpt_text)TEXT("counting characters"));
  }
}

static cpt_status train(const cpt_options *options, const cpt_documents *documents,
                        void **instance, cpt_error **error) {
  size_t wanted = (size_t)find_option(options, "vocabulary")->integer - BYTE_COUNT;
  uint64_t *seen = calloc(CODE_COUNT, sizeof *seen);
  if (!seen) return fail(error, CPT_OUT_OF_MEMORY, "no memory to count characters");
  cpt_status status = count_characters(documents, seen, error);
  counted *list = NULL;
  tokenizer *it = NULL;
  if (status) goto end;

  size_t count = 0;
  for (size_t code = 0; code < CODE_COUNT; code++) count += seen[code] > 0;
  list = calloc(count + 1, sizeof *list);
  it = make(count < wanted ? count : wanted);
  if (!list || !it) {
    destroy(it);
    status = fail(error, CPT_OUT_OF_MEMORY, "no memory for %zu characters", count);
    goto end;
  }
  size_t next = 0;
  for (uint32_t code = 0; code < CODE_COUNT; code++)
    if (seen[code]) list[next++] = (counted){seen[code], code};
  qsort(list, count, sizeof *list, order_by_frequency);
  for (size_t index = 0; index < it->count; index++) it->codes[index] = list[index].code;
  complete(it);
  *instance = it;
end:
  free(seen);
  free(list);
  return status;
}

static cpt_status corrupt(cpt_error **error, const char *what) {
  return fail(error, CPT_CORRUPT_DATA,
              "the saved model of example-plugin %s: remove the file, and it is trained anew", what);
}

// A model is a header line, then every character in the order of the ids.
static cpt_status load(const cpt_options *options, const uint8_t *model, size_t length,
                       void **instance, cpt_error **error) {
  (void)options;
  size_t header = sizeof model_header - 1;
  if (length < header || memcmp(model, model_header, header))
    return corrupt(error, "does not start with its header line");
  size_t count = 0;
  uint32_t code = 0;
  for (size_t place = header; place < length; count++) {
    size_t size = read_character(model + place, length - place, &code);
    if (!size) return corrupt(error, "holds bytes that are no character");
    place += size;
  }
  tokenizer *it = make(count);
  if (!it) return fail(error, CPT_OUT_OF_MEMORY, "no memory for %zu characters", count);
  for (size_t index = 0, place = header; index < count; index++)
    place += read_character(model + place, length - place, &it->codes[index]);
  if (!complete(it)) {
    destroy(it);
    return corrupt(error, "holds a character twice");
  }
  *instance = it;
  return CPT_OK;
}

static cpt_status save(void *instance, const cpt_byte_sink *sink, cpt_error **error) {
  (void)error;
  const tokenizer *it = instance;
  cpt_status status =
      sink->write(sink->context, (const uint8_t *)model_header, sizeof model_header - 1);
  for (size_t index = 0; !status && index < it->count; index++) {
    uint8_t bytes[4];
    size_t size = write_character(it->codes[index], bytes);
    status = sink->write(sink->context, bytes, size);
  }
  return status;
}

static int32_t vocabulary_size(void *instance) {
  return (int32_t)(BYTE_COUNT + ((const tokenizer *)instance)->count);
}

static cpt_status encode(void *instance, const uint8_t *bytes, size_t length, int32_t *ids,
                         size_t capacity, size_t *count, cpt_error **error) {
  const tokenizer *it = instance;
  size_t written = 0;
  for (size_t place = 0; place < length; written++) {
    character key = {0, 0};
    const character *found = NULL;
    size_t size = read_character(bytes + place, length - place, &key.code);
    if (size)
      found = bsearch(&key, it->by_code, it->count, sizeof *it->by_code, order_by_code);
    if (written < capacity) ids[written] = found ? found->id : bytes[place];
    place += found ? size : 1;
  }
  *count = written;
  if (written <= capacity) return CPT_OK;
  return fail(error, CPT_BUFFER_TOO_SMALL, "%zu ids do not fit into room for %zu", written, capacity);
}

static cpt_status decode(void *instance, const int32_t *ids, size_t count,
                         const cpt_byte_sink *sink, cpt_error **error) {
  const tokenizer *it = instance;
  int32_t size = vocabulary_size(instance);
  for (size_t place = 0; place < count; place++) {
    if (ids[place] < 0 || ids[place] >= size)
      return fail(error, CPT_INVALID_ARGUMENT, "id %d at place %zu is none; ids are 0 to %d",
                  ids[place], place, size - 1);
  }
  for (size_t place = 0; place < count; place++) {
    uint8_t bytes[4] = {(uint8_t)ids[place]};
    size_t length = 1;
    if (ids[place] >= BYTE_COUNT) length = write_character(it->codes[ids[place] - BYTE_COUNT], bytes);
    cpt_status status = sink->write(sink->context, bytes, length);
    if (status) return status;
  }
  return CPT_OK;
}

static const cpt_option_value default_vocabulary = {
    .struct_size = sizeof(cpt_option_value), .type = CPT_OPTION_INTEGER, .integer = 1024};

static const cpt_option options[] = {
    {.struct_size = sizeof(cpt_option),
     .name = TEXT("vocabulary"),
     .type = CPT_OPTION_INTEGER,
     .presence = CPT_OPTION_DEFAULTED,
     .default_value = &default_vocabulary,
     .minimum = BYTE_COUNT,
     .maximum = 1 << 20,
     .help = TEXT("The most ids there may be: 256 bytes, and the most frequent characters.")}};

static const cpt_tokenizer_table table = {.struct_size = sizeof table,
                                          .train = train,
                                          .load = load,
                                          .save = save,
                                          .vocabulary_size = vocabulary_size,
                                          .encode = encode,
                                          .decode = decode,
                                          .destroy = destroy};

EXPORT cpt_status example_plugin_entry(const cpt_host *services, cpt_plugin *plugin,
                                       cpt_error **error) {
  host = services;
  return hand_over(plugin, CPT_KIND_TOKENIZER, options, sizeof options / sizeof *options, &table,
                   error);
}
