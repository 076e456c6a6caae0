// Gradient descent with momentum and decoupled weight decay:
//
//     v <- momentum v + g
//     p <- p (1 - rate decay) - rate v
//
// after Loshchilov and Hutter 2019, arXiv 1711.05101, algorithm 1. The decay acts only on parameters
// that declare it.

#include "describe.h"

CPT_PLUGIN_RECORD(CPT_KIND_OPTIMIZER, CPT_CONCURRENCY_CONCURRENT, "example-plugin", "0.1.0",
                  "example_plugin_entry", "")

typedef struct {
  double momentum, weight_decay;
} optimizer;

static cpt_status create(const cpt_options *options, void **instance, cpt_error **error) {
  optimizer *it = malloc(sizeof *it);
  if (!it) return fail(error, CPT_OUT_OF_MEMORY, "no memory for an optimizer");
  it->momentum = find_option(options, "momentum")->real;
  it->weight_decay = find_option(options, "weight_decay")->real;
  *instance = it;
  return CPT_OK;
}

static void destroy(void *instance) { free(instance); }

static cpt_status state_count(void *instance, const cpt_parameter_info *info, size_t *count,
                              cpt_error **error) {
  (void)instance, (void)info, (void)error;
  *count = 1;
  return CPT_OK;
}

static cpt_status state(void *instance, const cpt_parameter_info *info, size_t index,
                        cpt_optimizer_state *state, cpt_error **error) {
  (void)instance;
  if (index > 0) return fail(error, CPT_INVALID_ARGUMENT, "there is no state %zu; there is one", index);
  *state = (cpt_optimizer_state){.struct_size = sizeof *state,
                                 .name = TEXT("velocity"),
                                 .rank = info->rank,
                                 .initial_value = 0};
  memcpy(state->extents, info->extents, sizeof state->extents);
  return CPT_OK;
}

static cpt_status describe(void *instance, const cpt_graph *graph, const cpt_update *update,
                           cpt_value *parameter, cpt_value *states, cpt_error **error) {
  const optimizer *it = instance;
  if (update->state_count != 1)
    return fail(error, CPT_INVALID_ARGUMENT, "one state is needed, not %zu", update->state_count);
  builder b = {.graph = graph, .error = error};
  cpt_value kept = update->parameter;
  cpt_value velocity = binary(AT(&b), CPT_OP_ADD, scaled(AT(&b), update->states[0], it->momentum),
                              update->gradient);
  if (update->info->decays && it->weight_decay > 0) {
    cpt_value factor = binary(AT(&b), CPT_OP_ADD, filled_like(AT(&b), update->learning_rate, 1),
                              scaled(AT(&b), update->learning_rate, -it->weight_decay));
    kept = binary(AT(&b), CPT_OP_MULTIPLY, kept, repeated_like(AT(&b), factor, kept));
  }
  cpt_value rate = repeated_like(AT(&b), update->learning_rate, kept);
  cpt_value move = binary(AT(&b), CPT_OP_MULTIPLY, velocity, rate);
  *parameter = binary(AT(&b), CPT_OP_SUBTRACT, kept, move);
  states[0] = velocity;
  return b.status;
}

#define DEFAULT(number) \
  {.struct_size = sizeof(cpt_option_value), .type = CPT_OPTION_REAL, .real = number}

static const cpt_option_value default_momentum = DEFAULT(0.9), default_decay = DEFAULT(0.1);

static const cpt_option options[] = {
    {.struct_size = sizeof(cpt_option),
     .name = TEXT("momentum"),
     .type = CPT_OPTION_REAL,
     .presence = CPT_OPTION_DEFAULTED,
     .default_value = &default_momentum,
     .minimum = 0,
     .maximum = 0.999999,
     .help = TEXT("How much of the last move's direction is kept.")},
    {.struct_size = sizeof(cpt_option),
     .name = TEXT("weight_decay"),
     .type = CPT_OPTION_REAL,
     .presence = CPT_OPTION_DEFAULTED,
     .default_value = &default_decay,
     .minimum = 0,
     .maximum = 1,
     .help = TEXT("How much of a matrix decays in a step, times the learning rate.")}};

static const cpt_optimizer_table table = {.struct_size = sizeof table,
                                          .create = create,
                                          .state_count = state_count,
                                          .state = state,
                                          .describe = describe,
                                          .destroy = destroy};

EXPORT cpt_status example_plugin_entry(const cpt_host *host, cpt_plugin *plugin,
                                       cpt_error **error) {
  (void)host;
  return hand_over(plugin, CPT_KIND_OPTIMIZER, options, sizeof options / sizeof *options, &table,
                   error);
}
