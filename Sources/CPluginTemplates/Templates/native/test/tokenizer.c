// Trains on a few documents and holds the laws: bytes come back, models read back, nonsense is refused.
#include "harness.h"

static const char *const documents[] = {"plain text", "größer, größer", "数据和模型，模型", "🙂"};
static size_t next_document;

static cpt_status next(void *context, cpt_text *document) {
  (void)context;
  size_t count = sizeof documents / sizeof *documents;
  *document = next_document < count ? text_of(documents[next_document]) : (cpt_text){NULL, 0};
  next_document++;
  return CPT_OK;
}

typedef struct {
  uint8_t bytes[1 << 16];
  size_t count;
} buffer;

static cpt_status collect(void *context, const uint8_t *bytes, size_t count) {
  buffer *it = context;
  if (it->count + count > sizeof it->bytes) return CPT_OUT_OF_MEMORY;
  memcpy(it->bytes + it->count, bytes, count);
  it->count += count;
  return CPT_OK;
}

static cpt_byte_sink sink_of(buffer *it) {
  it->count = 0;
  return (cpt_byte_sink){sizeof(cpt_byte_sink), it, collect};
}

static void expect_round_trip(const cpt_tokenizer_table *table, void *tokenizer,
                              const void *bytes, size_t length) {
  static int32_t ids[1 << 12];
  static buffer decoded;
  size_t count = 0;
  cpt_error *error = NULL;
  need(table->encode(tokenizer, bytes, length, ids, sizeof ids / sizeof *ids, &count, &error), error,
       "encode");
  for (size_t place = 0; place < count; place++)
    EXPECT(ids[place] >= 0 && ids[place] < table->vocabulary_size(tokenizer));
  cpt_byte_sink sink = sink_of(&decoded);
  need(table->decode(tokenizer, ids, count, &sink, &error), error, "decode");
  EXPECT(decoded.count == length && !memcmp(decoded.bytes, bytes, length));
}

int main(int count, char **arguments) {
  const cpt_tokenizer_table *table = open_plugin(count, arguments, CPT_KIND_TOKENIZER);
  cpt_option_value vocabulary = {.struct_size = sizeof vocabulary, .name = text_of("vocabulary"),
                                 .type = CPT_OPTION_INTEGER, .integer = 262};
  cpt_options options = options_of(&vocabulary, 1);
  cpt_documents source = {.struct_size = sizeof source, .next = next};
  cpt_error *error = NULL;
  void *tokenizer = NULL, *loaded = NULL;
  need(table->train(&options, &source, &tokenizer, &error), error, "train");
  EXPECT(table->vocabulary_size(tokenizer) == 262);

  for (size_t index = 0; index < sizeof documents / sizeof *documents; index++)
    expect_round_trip(table, tokenizer, documents[index], strlen(documents[index]));
  uint8_t all[256];
  for (int byte = 0; byte < 256; byte++) all[byte] = (uint8_t)byte;
  expect_round_trip(table, tokenizer, all, sizeof all);
  expect_round_trip(table, tokenizer, "\xE6\x95", 2);          // a character cut short
  expect_round_trip(table, tokenizer, "\xC0\x80\xF0\x82", 4);  // not in the shortest form
  expect_round_trip(table, tokenizer, "", 0);

  static buffer model, again;
  cpt_byte_sink sink = sink_of(&model);
  need(table->save(tokenizer, &sink, &error), error, "save");
  need(table->load(&options, model.bytes, model.count, &loaded, &error), error, "load");
  sink = sink_of(&again);
  need(table->save(loaded, &sink, &error), error, "save");
  EXPECT(model.count == again.count && !memcmp(model.bytes, again.bytes, model.count));

  void *none = NULL;
  EXPECT(refused(table->load(&options, model.bytes, model.count - 1, &none, &error),
                 CPT_CORRUPT_DATA, &error));
  int32_t outside = table->vocabulary_size(tokenizer);
  EXPECT(refused(table->decode(tokenizer, &outside, 1, &sink, &error), CPT_INVALID_ARGUMENT, &error));
  table->destroy(tokenizer);
  table->destroy(loaded);
  return end_of_test();
}
