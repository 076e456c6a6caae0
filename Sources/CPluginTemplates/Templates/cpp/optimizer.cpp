// Gradient descent with momentum and decoupled weight decay:
//
//     v <- momentum v + g
//     p <- p (1 - rate decay) - rate v
//
// after Loshchilov and Hutter 2019, arXiv 1711.05101, algorithm 1. The decay acts only on parameters
// that declare it.

#include "graph.hpp"

CPT_PLUGIN_RECORD(CPT_KIND_OPTIMIZER, CPT_CONCURRENCY_CONCURRENT, "example-plugin", "0.1.0",
                  "example_plugin_entry", "")

namespace {

struct Optimizer {
  double momentum, weight_decay;

  void describe(const Graph &graph, const cpt_update &update, cpt_value &parameter,
                cpt_value &velocity) const {
    velocity =
        graph.add(CPT_OP_ADD, {graph.scaled(update.states[0], momentum), update.gradient});
    cpt_value kept = update.parameter;
    if (update.info->decays && weight_decay > 0) {
      cpt_value factor = graph.add(CPT_OP_ADD, {graph.filled_like(update.learning_rate, 1),
                                                graph.scaled(update.learning_rate, -weight_decay)});
      kept = graph.add(CPT_OP_MULTIPLY, {kept, graph.repeated_like(factor, kept)});
    }
    cpt_value rate = graph.repeated_like(update.learning_rate, kept);
    parameter = graph.add(CPT_OP_SUBTRACT, {kept, graph.add(CPT_OP_MULTIPLY, {velocity, rate})});
  }
};

const cpt_optimizer_table table = {
    .struct_size = sizeof table,
    .create = [](const cpt_options *options, void **instance, cpt_error **error) {
      return guarded(error, [&] {
        *instance = new Optimizer{option(options, "momentum").real,
                                  option(options, "weight_decay").real};
      });
    },
    .state_count = [](void *, const cpt_parameter_info *, size_t *count,
                      cpt_error **) -> cpt_status {
      *count = 1;
      return CPT_OK;
    },
    .state = [](void *, const cpt_parameter_info *info, size_t index, cpt_optimizer_state *state,
                cpt_error **error) {
      return guarded(error, [&] {
        if (index > 0)
          throw Failure{CPT_INVALID_ARGUMENT,
                        "there is no state " + std::to_string(index) + "; there is one"};
        *state = {.struct_size = sizeof *state, .name = text("velocity"), .rank = info->rank,
                  .initial_value = 0};
        std::memcpy(state->extents, info->extents, sizeof state->extents);
      });
    },
    .describe = [](void *instance, const cpt_graph *graph, const cpt_update *update,
                   cpt_value *parameter, cpt_value *states, cpt_error **error) {
      return guarded(error, [&] {
        if (update->state_count != 1)
          throw Failure{CPT_INVALID_ARGUMENT,
                        "one state is needed, not " + std::to_string(update->state_count)};
        static_cast<const Optimizer *>(instance)->describe(Graph(graph), *update, *parameter,
                                                           states[0]);
      });
    },
    .destroy = destroy<Optimizer>,
};

constexpr cpt_option_value real(double number) {
  return {.struct_size = sizeof(cpt_option_value), .type = CPT_OPTION_REAL, .real = number};
}

constexpr cpt_option_value default_momentum = real(0.9), default_decay = real(0.1);

constexpr cpt_option options[] = {
    declared("momentum", CPT_OPTION_REAL, CPT_OPTION_DEFAULTED, &default_momentum, 0, 0.999999,
             "How much of the last move's direction is kept."),
    declared("weight_decay", CPT_OPTION_REAL, CPT_OPTION_DEFAULTED, &default_decay, 0, 1,
             "How much of a matrix decays in a step, times the learning rate."),
};

}  // namespace

EXPORT cpt_status example_plugin_entry(const cpt_host *, cpt_plugin *plugin, cpt_error **error) {
  return hand_over(plugin, CPT_KIND_OPTIMIZER, options, std::size(options), &table, error);
}
