// A small decoder: learned positions, then layers of causal attention and a GELU feed-forward part,
// each behind an RMS norm and added to the stream; one token table for input and output.
//
// In shapes: B sequences, T positions, R = B T rows, w width, H heads, V vocabulary.

#include "describe.h"

#include <math.h>

CPT_PLUGIN_RECORD(CPT_KIND_ARCHITECTURE, CPT_CONCURRENCY_CONCURRENT, "example-plugin", "0.1.0",
                  "example_plugin_entry", "")

enum { LEAST_WIDTH = 8, GREATEST_WIDTH = 4096, GREATEST_DEPTH = 256 };

typedef struct {
  int64_t width, layers, vocabulary, context;
} model;

// Parameters of a layer: attention 4 w^2, feed-forward 8 w^2, two norms.
static int64_t layer_size(int64_t width) { return 12 * width * width + 2 * width; }

// Positions T w and the last norm.
static int64_t rest_size(int64_t width, int64_t context) { return context * width + width; }

// The most heads of a width of 32 or more that divide the width.
static int64_t head_count(int64_t width) {
  for (int64_t heads = width / 32; heads > 1; heads--)
    if (width % heads == 0) return heads;
  return 1;
}

static cpt_status set_integer(const cpt_option_sink *sink, cpt_text name, int64_t integer) {
  cpt_option_value value = {.struct_size = sizeof value,
                            .name = name,
                            .type = CPT_OPTION_INTEGER,
                            .integer = integer};
  return sink->set(sink->context, &value);
}

// Tries widths in steps of 4, each with the depth that comes nearest, at most a layer for each 8.
static cpt_status shape_near(const cpt_options *options, const cpt_model_dimensions *dimensions,
                             int64_t target, const cpt_option_sink *chosen, cpt_error **error) {
  (void)error;
  const cpt_option_value *width = find_option(options, "width");
  const cpt_option_value *layers = find_option(options, "layers");
  int64_t best_width = 0, best_layers = 0;
  double best = INFINITY;
  for (int64_t w = width ? width->integer : LEAST_WIDTH; w <= GREATEST_WIDTH; w += 4) {
    int64_t deepest = w / 8;
    double missing = (double)(target - rest_size(w, dimensions->context));
    double fitting = fmin(fmax(round(missing / (double)layer_size(w)), 1), (double)deepest);
    int64_t depth = layers ? layers->integer : (int64_t)fitting;
    double distance = fabs((double)depth * (double)layer_size(w) - missing);
    if (distance < best) {
      best = distance;
      best_width = w;
      best_layers = depth;
    }
    if (width) break;
  }
  cpt_status status = set_integer(chosen, (cpt_text)TEXT("width"), best_width);
  return status ? status : set_integer(chosen, (cpt_text)TEXT("layers"), best_layers);
}

static cpt_status create(const cpt_options *options, const cpt_model_dimensions *dimensions,
                         void **instance, cpt_error **error) {
  const cpt_option_value *width = find_option(options, "width");
  const cpt_option_value *layers = find_option(options, "layers");
  if (!width || !layers)
    return fail(error, CPT_INVALID_ARGUMENT,
                "width and layers are needed: write both, or a target size");
  model *it = malloc(sizeof *it);
  if (!it) return fail(error, CPT_OUT_OF_MEMORY, "no memory for a model");
  *it = (model){width->integer, layers->integer, dimensions->vocabulary, dimensions->context};
  *instance = it;
  return CPT_OK;
}

static void destroy(void *instance) { free(instance); }

static cpt_status parameter_count(void *instance, cpt_parameter_count *count, cpt_error **error) {
  (void)error;
  const model *it = instance;
  int64_t embedding = it->vocabulary * it->width;
  *count = (cpt_parameter_count){
      .struct_size = sizeof *count,
      .total = embedding + rest_size(it->width, it->context) + it->layers * layer_size(it->width),
      .embedding = embedding};
  return CPT_OK;
}

static cpt_value declare(builder *b, cpt_parameter parameter, int64_t layer, const char *name) {
  cpt_value result = {0};
  if (b->status) return result;
  char text[64];
  int length = layer < 0 ? snprintf(text, sizeof text, "%s", name)
                         : snprintf(text, sizeof text, "layers.%lld.%s", (long long)layer, name);
  parameter.struct_size = sizeof parameter;
  parameter.name = (cpt_text){text, (size_t)length};
  b->status = b->graph->parameter(b->graph->context, &parameter, &result, b->error);
  return result;
}

// A matrix [outputs, inputs]; one that adds to the stream starts smaller.
static cpt_value matrix(builder *b, int64_t layer, const char *name, int64_t outputs,
                        int64_t inputs, double deviation) {
  return declare(b, (cpt_parameter){.extents = {outputs, inputs}, .rank = 2,
                                    .initializer = CPT_INITIALIZE_NORMAL, .a = 0,
                                    .b = (float)deviation, .decays = 1},
                 layer, name);
}

static cpt_value normed(builder *b, cpt_value x, int64_t layer, const char *name) {
  int64_t width = x.extents[x.rank - 1];
  cpt_value weight = declare(b, (cpt_parameter){.extents = {width}, .rank = 1,
                                                .initializer = CPT_INITIALIZE_CONSTANT, .a = 1},
                             layer, name);
  cpt_value inputs[] = {x, weight};
  double epsilon = 1e-5;
  return add_operation(AT(b), CPT_OP_RMS_NORM, inputs, 2, NULL, 0, &epsilon, 1);
}

// [R, w] to [R, w].
static cpt_value attention(builder *b, const model *it, cpt_value x, int64_t layer, int64_t batch,
                           double deviation) {
  static const char *const names[] = {"query.weight", "key.weight", "value.weight"};
  int64_t heads = head_count(it->width), size = it->width / heads;
  int64_t split[] = {batch, x.extents[0] / batch, heads, size};
  cpt_value inputs[3];
  for (size_t part = 0; part < 3; part++) {
    cpt_value weight = matrix(b, layer, names[part], it->width, it->width, 0.02);
    inputs[part] = reshaped(AT(b), linear(AT(b), x, weight), 4, split);
  }
  double scale = 1 / sqrt((double)size);
  cpt_value mixed =
      add_operation(AT(b), CPT_OP_CAUSAL_ATTENTION, inputs, 3, NULL, 0, &scale, 1);
  cpt_value output = matrix(b, layer, "output.weight", it->width, it->width, deviation);
  return linear(AT(b), reshaped(AT(b), mixed, 2, x.extents), output);
}

// [R, w] to [R, w], through [R, 4 w].
static cpt_value feed_forward(builder *b, const model *it, cpt_value x, int64_t layer,
                              double deviation) {
  cpt_value up = matrix(b, layer, "up.weight", 4 * it->width, it->width, 0.02);
  cpt_value inner = unary(AT(b), CPT_OP_GELU, linear(AT(b), x, up));
  cpt_value down = matrix(b, layer, "down.weight", it->width, 4 * it->width, deviation);
  return linear(AT(b), inner, down);
}

static cpt_status describe(void *instance, const cpt_graph *graph, const cpt_value *tokens,
                           const cpt_value *targets, cpt_value *losses, cpt_error **error) {
  const model *it = instance;
  if (tokens->rank != 2 || tokens->extents[1] > it->context)
    return fail(error, CPT_INVALID_ARGUMENT,
                "tokens must be [sequences, positions] with at most %lld positions",
                (long long)it->context);
  int64_t batch = tokens->extents[0], length = tokens->extents[1], rows[] = {batch * length, it->width};
  double deviation = 0.02 / sqrt(2 * (double)it->layers);
  builder b = {.graph = graph, .error = error};

  cpt_value table = matrix(&b, -1, "embedding.weight", it->vocabulary, it->width, 0.02);
  cpt_value positions = matrix(&b, -1, "position.weight", it->context, it->width, 0.01);
  if (length < it->context) {
    int64_t part[] = {0, 0, length, it->width};
    positions = add_operation(AT(&b), CPT_OP_SLICE, &positions, 1, part, 4, NULL, 0);
  }
  cpt_value embedded = binary(AT(&b), CPT_OP_GATHER, table, *tokens);
  embedded = binary(AT(&b), CPT_OP_ADD, embedded, repeated_like(AT(&b), positions, embedded));
  cpt_value stream = reshaped(AT(&b), embedded, 2, rows);
  for (int64_t layer = 0; layer < it->layers; layer++) {
    cpt_value heard = normed(&b, stream, layer, "attention_norm.weight");
    stream = binary(AT(&b), CPT_OP_ADD, stream, attention(&b, it, heard, layer, batch, deviation));
    cpt_value thought = normed(&b, stream, layer, "feed_forward_norm.weight");
    stream = binary(AT(&b), CPT_OP_ADD, stream, feed_forward(&b, it, thought, layer, deviation));
  }
  cpt_value inputs[] = {normed(&b, stream, -1, "norm.weight"), table,
                        reshaped(AT(&b), *targets, 1, rows)};
  *losses = add_operation(AT(&b), CPT_OP_LINEAR_CROSS_ENTROPY, inputs, 3, NULL, 0, NULL, 0);
  return b.status;
}

static const cpt_option options[] = {
    {.struct_size = sizeof(cpt_option),
     .name = TEXT("width"),
     .type = CPT_OPTION_INTEGER,
     .presence = CPT_OPTION_OPTIONAL,
     .minimum = LEAST_WIDTH,
     .maximum = GREATEST_WIDTH,
     .help = TEXT("Width of the stream; chosen for the target size where it is absent.")},
    {.struct_size = sizeof(cpt_option),
     .name = TEXT("layers"),
     .type = CPT_OPTION_INTEGER,
     .presence = CPT_OPTION_OPTIONAL,
     .minimum = 1,
     .maximum = GREATEST_DEPTH,
     .help = TEXT("Number of layers; chosen for the target size where it is absent.")}};

static const cpt_architecture_table table = {.struct_size = sizeof table,
                                             .shape_near = shape_near,
                                             .create = create,
                                             .parameter_count = parameter_count,
                                             .describe = describe,
                                             .destroy = destroy};

EXPORT cpt_status example_plugin_entry(const cpt_host *host, cpt_plugin *plugin,
                                       cpt_error **error) {
  (void)host;
  return hand_over(plugin, CPT_KIND_ARCHITECTURE, options, sizeof options / sizeof *options, &table,
                   error);
}
