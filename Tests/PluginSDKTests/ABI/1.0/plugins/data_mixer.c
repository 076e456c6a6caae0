// A data mixer as an author of version 1.0 writes it: shares that add up to one.
#include <cpt_plugin.h>
#include <stdlib.h>
#include <string.h>

CPT_PLUGIN_RECORD(CPT_KIND_DATA_MIXER, CPT_CONCURRENCY_CONCURRENT, "kept-mixer", "1.0.0",
                  "kept_entry", "")

typedef struct { size_t count; char names[8][32]; double shares[8]; } mixer;

static cpt_status create(const cpt_options *options, void **instance, cpt_error **error) {
  const cpt_option_value *value = options->values;
  if (options->count != 1 || value->share_count < 1 || value->share_count > 8)
    return CPT_INVALID_ARGUMENT;
  mixer *made = calloc(1, sizeof *made);
  if (!made) return CPT_OUT_OF_MEMORY;
  made->count = value->share_count;
  double sum = 0;
  for (size_t i = 0; i < made->count; i++) sum += value->shares[i];
  for (size_t i = 0; i < made->count; i++) {
    if (value->names[i].length < sizeof made->names[i])
      memcpy(made->names[i], value->names[i].data, value->names[i].length);
    made->shares[i] = value->shares[i] / sum;
  }
  *instance = made;
  return CPT_OK;
}

static size_t source_count(void *instance) { return ((mixer *)instance)->count; }

static cpt_text source(void *instance, size_t index) {
  const char *name = ((mixer *)instance)->names[index];
  return (cpt_text){name, strlen(name)};
}

static cpt_status weights(void *instance, const cpt_mixing_progress *progress, double *weights,
                          cpt_error **error) {
  memcpy(weights, ((mixer *)instance)->shares, progress->source_count * sizeof *weights);
  return CPT_OK;
}

static const cpt_option options[] = {
    {.struct_size = sizeof(cpt_option), .name = {"weights", 7}, .type = CPT_OPTION_SHARES,
     .presence = CPT_OPTION_REQUIRED, .minimum = 0, .maximum = 100,
     .help = {"What each corpus weighs.", 24}}};

static const cpt_data_mixer_table table = {
    .struct_size = sizeof table, .create = create, .source_count = source_count, .source = source,
    .weights = weights, .destroy = free};

cpt_status kept_entry(const cpt_host *host, cpt_plugin *plugin, cpt_error **error) {
  if (plugin->struct_size > sizeof *plugin) plugin->struct_size = sizeof *plugin;
  plugin->abi_major = CPT_ABI_MAJOR;
  plugin->abi_minor = CPT_ABI_MINOR;
  plugin->kind = CPT_KIND_DATA_MIXER;
  plugin->options = options;
  plugin->option_count = 1;
  plugin->option_stride = sizeof(cpt_option);
  plugin->table = &table;
  return CPT_OK;
}
