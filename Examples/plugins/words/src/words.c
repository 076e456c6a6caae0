// A tokenizer of whole words, with bytes for what it does not know.
//
// Text is cut into pieces: a space with the letters that follow it, or letters alone; a character of
// three bytes or more, as in Chinese; else a single byte. The most frequent pieces of more than one byte
// get ids from 256 on; any other is written as its longest known beginning, again and again, and at
// worst byte by byte, so that any bytes come back as they were.

#include "support.h"

CPT_PLUGIN_RECORD(CPT_KIND_TOKENIZER, CPT_CONCURRENCY_CONCURRENT, "words", "1.0.0", "words_entry", "")

enum { BYTE_COUNT = 256, LONGEST = 64 };
static const char model_header[] = "words 1\n";

static const cpt_host *host;

// A piece of text, with its id or the number of times it was seen.
typedef struct {
  uint8_t length;
  uint8_t bytes[LONGEST];
  uint64_t number;
} piece;

// Pieces by their bytes: open addressing, at most half full.
typedef struct {
  size_t count, capacity;
  piece *pieces;  // length 0 where there is none
} piece_table;

typedef struct {
  piece_table ids;
  size_t count;
  piece *words;  // by id - BYTE_COUNT
} tokenizer;

// FNV-1a, Fowler, Noll and Vo: http://www.isthe.com/chongo/tech/comp/fnv/
static uint64_t hash_of(const uint8_t *bytes, size_t length) {
  uint64_t hash = 0xCBF29CE484222325u;
  for (size_t index = 0; index < length; index++) hash = (hash ^ bytes[index]) * 0x100000001B3u;
  return hash;
}

// The place of a piece, or the free one where it belongs.
static piece *find(const piece_table *table, const uint8_t *bytes, size_t length) {
  size_t place = hash_of(bytes, length) & (table->capacity - 1);
  for (;; place = (place + 1) & (table->capacity - 1)) {
    piece *found = &table->pieces[place];
    if (!found->length || (found->length == length && !memcmp(found->bytes, bytes, length)))
      return found;
  }
}

// Makes room for one more; whether there is any.
static int grow(piece_table *table) {
  if (2 * (table->count + 1) <= table->capacity) return 1;
  piece_table larger = {table->count, table->capacity ? 2 * table->capacity : 1024, NULL};
  larger.pieces = calloc(larger.capacity, sizeof *larger.pieces);
  if (!larger.pieces) return 0;
  for (size_t place = 0; place < table->capacity; place++) {
    const piece *old = &table->pieces[place];
    if (old->length) *find(&larger, old->bytes, old->length) = *old;
  }
  free(table->pieces);
  *table = larger;
  return 1;
}

// Gives a piece, known or new; null without memory.
static piece *insert(piece_table *table, const uint8_t *bytes, size_t length) {
  if (!grow(table)) return NULL;
  piece *found = find(table, bytes, length);
  if (!found->length) {
    table->count++;
    found->length = (uint8_t)length;
    memcpy(found->bytes, bytes, length);
  }
  return found;
}

static int is_letter(uint8_t byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= 0x80 && byte < 0xE0);
}

// The length of the piece that starts here; at least 1.
static size_t piece_length(const uint8_t *bytes, size_t length) {
  if (length > LONGEST) length = LONGEST;
  if (bytes[0] >= 0xE0) {
    size_t size = bytes[0] >= 0xF0 ? 4 : 3;
    return size <= length ? size : 1;
  }
  size_t end = bytes[0] == ' ' ? 1 : 0;
  while (end < length && is_letter(bytes[end])) end++;
  return end ? end : 1;
}

static void destroy(void *instance) {
  tokenizer *it = instance;
  if (!it) return;
  free(it->ids.pieces);
  free(it->words);
  free(it);
}

// Takes the words over and numbers them. Null if one stands there twice or memory is short; `words` is
// freed then.
static tokenizer *make(piece *words, size_t count, cpt_status *status) {
  tokenizer *it = calloc(1, sizeof *it);
  *status = CPT_OUT_OF_MEMORY;
  if (!it) {
    free(words);
    return NULL;
  }
  it->words = words;
  it->count = count;
  int made = grow(&it->ids);
  for (size_t index = 0; made && index < count; index++) {
    piece *word = insert(&it->ids, words[index].bytes, words[index].length);
    made = word != NULL;
    if (!word) break;
    if (word->number) {
      *status = CPT_CORRUPT_DATA;
      made = 0;
    }
    word->number = BYTE_COUNT + index;
  }
  if (made) return it;
  destroy(it);
  return NULL;
}

static int order_by_frequency(const void *left, const void *right) {
  const piece *a = left, *b = right;
  if (a->number != b->number) return a->number < b->number ? 1 : -1;
  int order = memcmp(a->bytes, b->bytes, a->length < b->length ? a->length : b->length);
  return order ? order : (int)a->length - (int)b->length;
}

// Counts the pieces of more than one byte in all documents.
static cpt_status count_pieces(const cpt_documents *documents, piece_table *seen, cpt_error **error) {
  for (uint64_t done = 0;;) {
    if (is_cancelled(host)) return fail(error, CPT_CANCELLED, "stopped while counting words");
    cpt_text document = {NULL, 0};
    cpt_status status = documents->next(documents->context, &document);
    if (status || !document.data) return status;
    const uint8_t *bytes = (const uint8_t *)document.data;
    for (size_t place = 0; place < document.length;) {
      size_t length = piece_length(bytes + place, document.length - place);
      if (length > 1) {
        piece *found = insert(seen, bytes + place, length);
        if (!found) return fail(error, CPT_OUT_OF_MEMORY, "no memory for %zu words", seen->count);
        found->number++;
      }
      place += length;
    }
    done += document.length;
    if (documents->byte_count)
      report_progress(host, (double)done / (double)documents->byte_count,
                      (cpt_text)TEXT("counting words"));
  }
}

static cpt_status train(const cpt_options *options, const cpt_documents *documents,
                        void **instance, cpt_error **error) {
  size_t wanted = (size_t)find_option(options, "vocabulary")->integer - BYTE_COUNT;
  piece_table seen = {0};
  cpt_status status = count_pieces(documents, &seen, error);
  if (status) {
    free(seen.pieces);
    return status;
  }
  size_t count = 0;
  for (size_t place = 0; place < seen.capacity; place++)
    if (seen.pieces[place].length) seen.pieces[count++] = seen.pieces[place];
  if (count) qsort(seen.pieces, count, sizeof *seen.pieces, order_by_frequency);
  if (count > wanted) count = wanted;
  tokenizer *it = make(seen.pieces, count, &status);
  if (!it) return fail(error, status, "no memory for a vocabulary of %zu words", count);
  *instance = it;
  return CPT_OK;
}

// A model is a header line, then every word in the order of the ids: its length, and its bytes.
static cpt_status load(const cpt_options *options, const uint8_t *model, size_t length,
                       void **instance, cpt_error **error) {
  (void)options;
  size_t place = sizeof model_header - 1, count = 0;
  piece_table words = {0};
  cpt_status status = CPT_CORRUPT_DATA;
  if (length < place || memcmp(model, model_header, place)) goto corrupt;
  words.pieces = calloc(length - place + 1, sizeof *words.pieces);
  if (!words.pieces) return fail(error, CPT_OUT_OF_MEMORY, "no memory for a model");
  while (place < length) {
    size_t size = model[place++];
    if (size < 2 || size > LONGEST || size > length - place) goto corrupt;
    words.pieces[count].length = (uint8_t)size;
    memcpy(words.pieces[count++].bytes, model + place, size);
    place += size;
  }
  tokenizer *it = make(words.pieces, count, &status);
  words.pieces = NULL;
  if (!it) goto corrupt;
  *instance = it;
  return CPT_OK;
corrupt:
  free(words.pieces);
  return fail(error, status,
              "the saved model of words cannot be read from byte %zu on: remove the file, and it is "
              "trained anew", place);
}

static cpt_status save(void *instance, const cpt_byte_sink *sink, cpt_error **error) {
  (void)error;
  const tokenizer *it = instance;
  cpt_status status =
      sink->write(sink->context, (const uint8_t *)model_header, sizeof model_header - 1);
  for (size_t index = 0; !status && index < it->count; index++) {
    status = sink->write(sink->context, &it->words[index].length, 1);
    if (!status) status = sink->write(sink->context, it->words[index].bytes, it->words[index].length);
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
    size_t size = piece_length(bytes + place, length - place);
    int32_t id = bytes[place];
    for (; size > 1; size--) {
      const piece *word = find(&it->ids, bytes + place, size);
      if (!word->length) continue;
      id = (int32_t)word->number;
      break;
    }
    if (written < capacity) ids[written] = id;
    place += size;
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
    int32_t id = ids[place];
    if (id < 0 || id >= size)
      return fail(error, CPT_INVALID_ARGUMENT, "id %d at place %zu is none; ids are 0 to %d", id,
                  place, size - 1);
    uint8_t byte = (uint8_t)id;
    const piece *word = id < BYTE_COUNT ? NULL : &it->words[id - BYTE_COUNT];
    cpt_status status =
        sink->write(sink->context, word ? word->bytes : &byte, word ? word->length : 1);
    if (status) return status;
  }
  return CPT_OK;
}

static const cpt_option options[] = {
    {.struct_size = sizeof(cpt_option),
     .name = TEXT("vocabulary"),
     .type = CPT_OPTION_INTEGER,
     .presence = CPT_OPTION_REQUIRED,
     .minimum = BYTE_COUNT,
     .maximum = 1 << 20,
     .help = TEXT("The most ids there may be: 256 bytes, and the most frequent words.")}};

static const cpt_tokenizer_table table = {.struct_size = sizeof table,
                                          .train = train,
                                          .load = load,
                                          .save = save,
                                          .vocabulary_size = vocabulary_size,
                                          .encode = encode,
                                          .decode = decode,
                                          .destroy = destroy};

EXPORT cpt_status words_entry(const cpt_host *services, cpt_plugin *plugin, cpt_error **error) {
  host = services;
  return hand_over(plugin, CPT_KIND_TOKENIZER, options, sizeof options / sizeof *options, &table,
                   error);
}
