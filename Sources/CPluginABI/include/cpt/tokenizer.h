// Tokenizer: bytes to the ids of a fixed vocabulary and back.
//
// Laws: decode(encode(x)) = x for any bytes x; every id lies in 0 ..< vocabulary_size; training the
// same documents with the same options gives the same model; a saved model reads back as the same
// tokenizer.
#ifndef CPT_TOKENIZER_H
#define CPT_TOKENIZER_H

#include "base.h"
#include "host.h"
#include "options.h"

// The documents to train on, in a fixed order. `next` stores a document that stays valid until the
// next call of `next`, or a text whose data is null after the last one.
typedef struct cpt_documents {
  size_t struct_size;
  void *context;
  uint64_t byte_count;  // of all documents together
  cpt_status (*next)(void *context, cpt_text *document);
} cpt_documents;

typedef struct cpt_tokenizer_table {
  size_t struct_size;

  // Makes a tokenizer from documents. The caller owns `*instance` and ends it with `destroy`. [main]
  cpt_status (*train)(const cpt_options *options, const cpt_documents *documents, void **instance,
                      cpt_error **error);

  // Makes a tokenizer from what `save` wrote. CPT_CORRUPT_DATA if it cannot be read. [main]
  cpt_status (*load)(const cpt_options *options, const uint8_t *model, size_t length,
                     void **instance, cpt_error **error);

  // Writes the model. The bytes depend on nothing but the model. [serial]
  cpt_status (*save)(void *instance, const cpt_byte_sink *sink, cpt_error **error);

  // The number of ids, constant over the instance's life. [concurrent]
  int32_t (*vocabulary_size)(void *instance);

  // Writes the ids of `length` bytes (any bytes, not only UTF-8; may be empty) and stores their
  // number in `*count`. With CPT_BUFFER_TOO_SMALL `*count` is the capacity needed. [concurrent]
  cpt_status (*encode)(void *instance, const uint8_t *bytes, size_t length, int32_t *ids,
                       size_t capacity, size_t *count, cpt_error **error);

  // Writes the bytes of `count` ids. An id outside the vocabulary is CPT_INVALID_ARGUMENT.
  // [concurrent]
  cpt_status (*decode)(void *instance, const int32_t *ids, size_t count, const cpt_byte_sink *sink,
                       cpt_error **error);

  // Frees the instance. [main], after every other call on it has returned.
  void (*destroy)(void *instance);

  // [nullable] Encodes several documents in one call, to the ids that `encode` gives for each alone.
  // Where it is null the host calls `encode` for each, in the process that the plugin runs in: it is
  // worth writing only if it is faster than that.
  //   bytes     the documents, one after the other [nullable if all are empty]
  //   offsets   document_count + 1 places in `bytes`, which never fall: document d is the bytes from
  //             offsets[d] to before offsets[d + 1]; the first is 0, the last the end of `bytes`
  //   ids       result, room for `capacity` ids: those of the documents, one after the other
  //             [nullable if capacity is 0]
  //   counts    result, document_count numbers: how many ids each document has
  // At least one document is given. The host owns all four, and lends them for the call. With
  // CPT_BUFFER_TOO_SMALL `counts` is what is needed, and `ids` is not read. Any other error is one of
  // the whole batch: the host then encodes the documents alone to name the one that has it.
  // [concurrent]
  cpt_status (*encode_batch)(void *instance, const uint8_t *bytes, const size_t *offsets,
                             size_t document_count, int32_t *ids, size_t capacity, size_t *counts,
                             cpt_error **error);
} cpt_tokenizer_table;

#endif
