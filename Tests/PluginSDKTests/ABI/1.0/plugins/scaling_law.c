// A scaling law as an author of version 1.0 writes it: loss = E + A / D.
#include <cpt_plugin.h>

CPT_PLUGIN_RECORD(CPT_KIND_SCALING_LAW, CPT_CONCURRENCY_SERIAL, "kept-law", "1.0.0", "kept_entry",
                  "")

static char nothing;

static cpt_status create(const cpt_options *options, void **instance, cpt_error **error) {
  *instance = &nothing;
  return CPT_OK;
}

static size_t variable_count(void *instance) { return 1; }

static cpt_text variable(void *instance, size_t index) { return (cpt_text){"D", 1}; }

static size_t parameter_count(void *instance) { return 2; }

static cpt_status parameter(void *instance, size_t index, cpt_law_parameter *parameter,
                            cpt_error **error) {
  parameter->name = index ? (cpt_text){"A", 1} : (cpt_text){"E", 1};
  parameter->role = CPT_LAW_COEFFICIENT;
  parameter->lower = 0;
  parameter->upper = index ? 1000 : 10;
  parameter->unit = (cpt_text){"nats", 4};
  return CPT_OK;
}

static cpt_status evaluate(void *instance, const double *theta, const double *const *columns,
                           size_t count, double *losses, double *gradients, cpt_error **error) {
  for (size_t i = 0; i < count; i++) {
    losses[i] = theta[0] + theta[1] / columns[0][i];
    if (gradients) {
      gradients[2 * i] = 1;
      gradients[2 * i + 1] = 1 / columns[0][i];
    }
  }
  return CPT_OK;
}

static cpt_status optimum(void *instance, const double *theta, double compute, double *parameters,
                          double *tokens, cpt_error **error) {
  *parameters = 1;
  *tokens = compute / 6;
  return CPT_OK;
}

static void destroy(void *instance) {}

static const cpt_scaling_law_table table = {
    .struct_size = sizeof table, .create = create, .variable_count = variable_count,
    .variable = variable, .parameter_count = parameter_count, .parameter = parameter,
    .evaluate = evaluate, .optimum = optimum, .destroy = destroy};

cpt_status kept_entry(const cpt_host *host, cpt_plugin *plugin, cpt_error **error) {
  if (plugin->struct_size > sizeof *plugin) plugin->struct_size = sizeof *plugin;
  plugin->abi_major = CPT_ABI_MAJOR;
  plugin->abi_minor = CPT_ABI_MINOR;
  plugin->kind = CPT_KIND_SCALING_LAW;
  plugin->table = &table;
  return CPT_OK;
}
