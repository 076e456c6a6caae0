// An optimizer as an author of version 1.0 writes it: the average of gradients, times the rate.
#include <cpt_plugin.h>
#include <string.h>

CPT_PLUGIN_RECORD(CPT_KIND_OPTIMIZER, CPT_CONCURRENCY_MAIN, "kept-optimizer", "1.0.0", "kept_entry",
                  "")

static char nothing;

static cpt_status create(const cpt_options *options, void **instance, cpt_error **error) {
  *instance = &nothing;
  return CPT_OK;
}

static cpt_status state_count(void *instance, const cpt_parameter_info *info, size_t *count,
                              cpt_error **error) {
  *count = 1;
  return CPT_OK;
}

static cpt_status state(void *instance, const cpt_parameter_info *info, size_t index,
                        cpt_optimizer_state *state, cpt_error **error) {
  state->name = (cpt_text){"velocity", 8};
  memcpy(state->extents, info->extents, sizeof state->extents);
  state->rank = info->rank;
  state->initial_value = 0.5f;
  return CPT_OK;
}

static cpt_status pair(const cpt_graph *graph, cpt_operation_code code, cpt_value x, cpt_value y,
                       cpt_value *result, cpt_error **error) {
  cpt_value inputs[] = {x, y};
  cpt_operation operation = {.struct_size = sizeof operation, .code = code, .inputs = inputs,
                             .input_count = 2};
  return graph->add(graph->context, &operation, result, error);
}

static cpt_status describe(void *instance, const cpt_graph *graph, const cpt_update *update,
                           cpt_value *parameter, cpt_value *states, cpt_error **error) {
  int64_t integers[1 + CPT_MAXIMUM_RANK] = {0};
  memcpy(integers + 1, update->parameter.extents, update->parameter.rank * sizeof *integers);
  cpt_operation spread = {.struct_size = sizeof spread, .code = CPT_OP_BROADCAST,
                          .inputs = &update->learning_rate, .input_count = 1, .integers = integers,
                          .integer_count = 1 + update->parameter.rank};
  cpt_value rate, step;
  cpt_status status = graph->add(graph->context, &spread, &rate, error);
  if (!status)
    status = pair(graph, CPT_OP_ADD, update->states[0], update->gradient, &states[0], error);
  if (!status) status = pair(graph, CPT_OP_MULTIPLY, rate, states[0], &step, error);
  if (!status) status = pair(graph, CPT_OP_SUBTRACT, update->parameter, step, parameter, error);
  return status;
}

static void destroy(void *instance) {}

static const cpt_optimizer_table table = {
    .struct_size = sizeof table, .create = create, .state_count = state_count, .state = state,
    .describe = describe, .destroy = destroy};

cpt_status kept_entry(const cpt_host *host, cpt_plugin *plugin, cpt_error **error) {
  if (plugin->struct_size > sizeof *plugin) plugin->struct_size = sizeof *plugin;
  plugin->abi_major = CPT_ABI_MAJOR;
  plugin->abi_minor = CPT_ABI_MINOR;
  plugin->kind = CPT_KIND_OPTIMIZER;
  plugin->table = &table;
  return CPT_OK;
}
