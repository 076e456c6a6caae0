// A small decoder: learned positions, then layers of causal attention and a GELU feed-forward part,
// each behind an RMS norm and added to the stream; one token table for input and output.
//
// In shapes: B sequences, T positions, R = B T rows, w width, H heads, V vocabulary.

#include "graph.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

CPT_PLUGIN_RECORD(CPT_KIND_ARCHITECTURE, CPT_CONCURRENCY_CONCURRENT, "example-plugin", "0.1.0",
                  "example_plugin_entry", "")

namespace {

constexpr int64_t least_width = 8, greatest_width = 4096, greatest_depth = 256;

struct Model {
  int64_t width, layers, vocabulary, context;

  int64_t embedding_size() const { return vocabulary * width; }

  // Attention 4 w^2, feed-forward 8 w^2, two norms.
  int64_t layer_size() const { return 12 * width * width + 2 * width; }

  // All but the token table: positions T w, the last norm, the layers.
  int64_t rest_size() const { return context * width + width + layers * layer_size(); }

  // The most heads of a width of 32 or more that divide the width.
  int64_t heads() const {
    for (int64_t heads = width / 32; heads > 1; --heads)
      if (width % heads == 0) return heads;
    return 1;
  }
};

// Tries widths in steps of 4, each with the depth that comes nearest, at most a layer for each 8.
Model nearest(int64_t target, const cpt_options *options, const cpt_model_dimensions &dimensions) {
  auto width = find_option(options, "width"), layers = find_option(options, "layers");
  Model best = {};
  int64_t least_distance = std::numeric_limits<int64_t>::max();
  for (int64_t w = width ? width->integer : least_width; w <= greatest_width; w += 4) {
    Model model = {w, 0, dimensions.vocabulary, dimensions.context};
    int64_t fitting = (target - model.rest_size() + model.layer_size() / 2) / model.layer_size();
    model.layers =
        layers ? layers->integer : std::clamp<int64_t>(fitting, 1, w / 8);
    int64_t distance = std::abs(target - model.rest_size());
    if (distance < least_distance) {
      least_distance = distance;
      best = model;
    }
    if (width) break;
  }
  return best;
}

// Describes one model into one graph.
class Description {
public:
  Description(const Model &model, const cpt_graph *graph, int64_t batch)
      : model(model), graph(graph), batch(batch) {}

  // The loss at each position: [R] float32, nats.
  cpt_value losses(const cpt_value &tokens, const cpt_value &targets) const {
    int64_t length = tokens.extents[1], rows = batch * length;
    cpt_value table = matrix("embedding.weight", model.vocabulary, model.width, deviation);
    cpt_value positions = matrix("position.weight", model.context, model.width, deviation / 2);
    if (length < model.context)
      positions = graph.add(CPT_OP_SLICE, {positions}, {0, 0, length, model.width});
    cpt_value embedded = graph.add(CPT_OP_GATHER, {table, tokens});
    embedded = graph.add(CPT_OP_ADD, {embedded, graph.repeated_like(positions, embedded)});
    cpt_value stream = graph.add(CPT_OP_RESHAPE, {embedded}, {rows, model.width});
    for (int64_t layer = 0; layer < model.layers; ++layer) {
      std::string name = "layers." + std::to_string(layer) + ".";
      stream = graph.add(CPT_OP_ADD, {stream, attention(name, norm(name + "attention_norm", stream))});
      stream =
          graph.add(CPT_OP_ADD, {stream, feed_forward(name, norm(name + "feed_forward_norm", stream))});
    }
    return graph.add(CPT_OP_LINEAR_CROSS_ENTROPY,
                     {norm("norm", stream), table, graph.add(CPT_OP_RESHAPE, {targets}, {rows})});
  }

private:
  static constexpr double deviation = 0.02;

  const Model &model;
  Graph graph;
  int64_t batch;

  // What adds to the stream starts smaller, lest the stream grow with the depth.
  double output_deviation() const { return deviation / std::sqrt(2.0 * static_cast<double>(model.layers)); }

  cpt_value matrix(const std::string &name, int64_t outputs, int64_t inputs, double deviation) const {
    return graph.parameter(name, {outputs, inputs}, CPT_INITIALIZE_NORMAL, 0,
                           static_cast<float>(deviation), true);
  }

  cpt_value norm(const std::string &name, const cpt_value &x) const {
    cpt_value weight =
        graph.parameter(name + ".weight", {model.width}, CPT_INITIALIZE_CONSTANT, 1, 0, false);
    return graph.add(CPT_OP_RMS_NORM, {x, weight}, {}, {1e-5});
  }

  // [R, w] to [R, w].
  cpt_value attention(const std::string &name, const cpt_value &x) const {
    int64_t rows = x.extents[0], width = model.width, heads = model.heads(), size = width / heads;
    auto projection = [&](const char *part) {
      cpt_value weight = matrix(name + part + ".weight", width, width, deviation);
      return graph.add(CPT_OP_RESHAPE, {graph.linear(x, weight)}, {batch, rows / batch, heads, size});
    };
    // One after the other: the order in which parameters are declared must not be the compiler's.
    cpt_value query = projection("query"), key = projection("key"), value = projection("value");
    cpt_value mixed = graph.add(CPT_OP_CAUSAL_ATTENTION, {query, key, value}, {},
                                {1 / std::sqrt(static_cast<double>(size))});
    cpt_value joined = graph.add(CPT_OP_RESHAPE, {mixed}, {rows, width});
    return graph.linear(joined, matrix(name + "output.weight", width, width, output_deviation()));
  }

  // [R, w] to [R, w], through [R, 4 w].
  cpt_value feed_forward(const std::string &name, const cpt_value &x) const {
    int64_t width = model.width;
    cpt_value up = graph.linear(x, matrix(name + "up.weight", 4 * width, width, deviation));
    return graph.linear(graph.add(CPT_OP_GELU, {up}),
                        matrix(name + "down.weight", width, 4 * width, output_deviation()));
  }
};

const Model &at(void *instance) { return *static_cast<const Model *>(instance); }

void choose(const cpt_option_sink *sink, std::string_view name, int64_t integer) {
  cpt_option_value value = {};
  value.struct_size = sizeof value;
  value.name = text(name);
  value.type = CPT_OPTION_INTEGER;
  value.integer = integer;
  require(sink->set(sink->context, &value), "the host did not take the chosen shape");
}

const cpt_architecture_table table = {
    .struct_size = sizeof table,
    .shape_near = [](const cpt_options *options, const cpt_model_dimensions *dimensions,
                     int64_t target, const cpt_option_sink *chosen, cpt_error **error) {
      return guarded(error, [&] {
        Model model = nearest(target, options, *dimensions);
        choose(chosen, "width", model.width);
        choose(chosen, "layers", model.layers);
      });
    },
    .create = [](const cpt_options *options, const cpt_model_dimensions *dimensions,
                 void **instance, cpt_error **error) {
      return guarded(error, [&] {
        auto width = find_option(options, "width"), layers = find_option(options, "layers");
        if (!width || !layers)
          throw Failure{CPT_INVALID_ARGUMENT,
                        "width and layers are needed: write both, or a target size"};
        *instance = new Model{width->integer, layers->integer, dimensions->vocabulary,
                              dimensions->context};
      });
    },
    .parameter_count = [](void *instance, cpt_parameter_count *count,
                          cpt_error **) -> cpt_status {
      const Model &model = at(instance);
      *count = {sizeof *count, model.embedding_size() + model.rest_size(), model.embedding_size()};
      return CPT_OK;
    },
    .describe = [](void *instance, const cpt_graph *graph, const cpt_value *tokens,
                   const cpt_value *targets, cpt_value *losses, cpt_error **error) {
      return guarded(error, [&] {
        const Model &model = at(instance);
        if (tokens->rank != 2 || tokens->extents[1] > model.context)
          throw Failure{CPT_INVALID_ARGUMENT, "tokens must be [sequences, positions] with at most " +
                                                  std::to_string(model.context) + " positions"};
        *losses = Description(model, graph, tokens->extents[0]).losses(*tokens, *targets);
      });
    },
    .destroy = destroy<Model>,
};

constexpr cpt_option options[] = {
    declared("width", CPT_OPTION_INTEGER, CPT_OPTION_OPTIONAL, nullptr, least_width, greatest_width,
             "Width of the stream; chosen for the target size where it is absent."),
    declared("layers", CPT_OPTION_INTEGER, CPT_OPTION_OPTIONAL, nullptr, 1, greatest_depth,
             "Number of layers; chosen for the target size where it is absent."),
};

}  // namespace

EXPORT cpt_status example_plugin_entry(const cpt_host *, cpt_plugin *plugin, cpt_error **error) {
  return hand_over(plugin, CPT_KIND_ARCHITECTURE, options, std::size(options), &table, error);
}
