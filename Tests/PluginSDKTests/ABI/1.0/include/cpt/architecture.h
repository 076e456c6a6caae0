// Architecture: describes a language model's forward pass as a graph.
//
// Laws: `parameter_count` equals what `describe` declares; the loss of a fresh model is near
// log(vocabulary); describing twice gives the same graph.
#ifndef CPT_ARCHITECTURE_H
#define CPT_ARCHITECTURE_H

#include "base.h"
#include "graph.h"
#include "host.h"
#include "options.h"

// What the pipeline and the tokenizer fix for a model.
typedef struct cpt_model_dimensions {
  size_t struct_size;
  int64_t vocabulary;  // V, number of token ids
  int64_t context;     // T, the longest sequence in tokens
} cpt_model_dimensions;

// N, counted two ways. `embedding` holds the token table(s): once if input and output share one.
// Position tables count as not embedding.
typedef struct cpt_parameter_count {
  size_t struct_size;
  int64_t total;
  int64_t embedding;
} cpt_parameter_count;

// Where `shape_near` puts the options it chooses; copies before it returns.
typedef struct cpt_option_sink {
  size_t struct_size;
  void *context;
  cpt_status (*set)(void *context, const cpt_option_value *value);
} cpt_option_sink;

typedef struct cpt_architecture_table {
  size_t struct_size;

  // Chooses the shape (width, layers, heads, ...) whose non-embedding parameters come nearest to
  // `target`, given the options written in the pipeline, and sets the options that `create` then
  // needs. Pure: the same arguments give the same shape. [main]
  cpt_status (*shape_near)(const cpt_options *options, const cpt_model_dimensions *dimensions,
                           int64_t target, const cpt_option_sink *chosen, cpt_error **error);

  // Makes a model of one size. The caller owns `*instance`. [main]
  cpt_status (*create)(const cpt_options *options, const cpt_model_dimensions *dimensions,
                       void **instance, cpt_error **error);

  // Counts parameters by formula, without a graph. [serial]
  cpt_status (*parameter_count)(void *instance, cpt_parameter_count *count, cpt_error **error);

  // Declares the parameters and the forward pass in `graph`.
  //   tokens   [B, T] int32, ids
  //   targets  [B, T] int32, the id that follows; a negative one is not scored
  //   losses   result [B * T] float32, nats a token, in the order of `targets`, 0 where not scored
  // [serial]
  cpt_status (*describe)(void *instance, const cpt_graph *graph, const cpt_value *tokens,
                         const cpt_value *targets, cpt_value *losses, cpt_error **error);

  // Frees the instance. [main]
  void (*destroy)(void *instance);
} cpt_architecture_table;

#endif
