// An architecture as an author of version 1.0 writes it: a table of rows, read and compared with.
#include <cpt_plugin.h>
#include <stdlib.h>
#include <string.h>

CPT_PLUGIN_RECORD(CPT_KIND_ARCHITECTURE, CPT_CONCURRENCY_SERIAL, "kept-architecture", "1.0.0",
                  "kept_entry", "")

typedef struct { int64_t vocabulary, width; } model;

static cpt_status shape_near(const cpt_options *options, const cpt_model_dimensions *dimensions,
                             int64_t target, const cpt_option_sink *chosen, cpt_error **error) {
  cpt_option_value width = {.struct_size = sizeof width, .name = {"width", 5},
                            .type = CPT_OPTION_INTEGER};
  width.integer = target / dimensions->vocabulary > 1 ? target / dimensions->vocabulary : 1;
  return chosen->set(chosen->context, &width);
}

static cpt_status create(const cpt_options *options, const cpt_model_dimensions *dimensions,
                         void **instance, cpt_error **error) {
  model *made = calloc(1, sizeof *made);
  if (!made) return CPT_OUT_OF_MEMORY;
  made->vocabulary = dimensions->vocabulary;
  for (size_t i = 0; i < options->count; i++) {
    const cpt_option_value *value =
        (const cpt_option_value *)((const char *)options->values + i * options->stride);
    if (value->name.length == 5 && !memcmp(value->name.data, "width", 5))
      made->width = value->integer;
  }
  *instance = made;
  return CPT_OK;
}

static cpt_status parameter_count(void *instance, cpt_parameter_count *count, cpt_error **error) {
  model *it = instance;
  count->total = count->embedding = it->vocabulary * it->width;
  return CPT_OK;
}

static cpt_status flat(const cpt_graph *graph, const cpt_value *ids, cpt_value *result,
                       cpt_error **error) {
  int64_t extent = ids->extents[0] * ids->extents[1];
  cpt_operation reshape = {.struct_size = sizeof reshape, .code = CPT_OP_RESHAPE, .inputs = ids,
                           .input_count = 1, .integers = &extent, .integer_count = 1};
  return graph->add(graph->context, &reshape, result, error);
}

static cpt_status describe(void *instance, const cpt_graph *graph, const cpt_value *tokens,
                           const cpt_value *targets, cpt_value *losses, cpt_error **error) {
  model *it = instance;
  cpt_parameter declared = {.struct_size = sizeof declared, .name = {"table", 5},
                            .extents = {it->vocabulary, it->width}, .rank = 2,
                            .initializer = CPT_INITIALIZE_NORMAL, .b = 0.02f, .decays = 1};
  cpt_value table, ids, wanted, rows;
  cpt_status status = graph->parameter(graph->context, &declared, &table, error);
  if (!status) status = flat(graph, tokens, &ids, error);
  if (!status) status = flat(graph, targets, &wanted, error);
  if (status) return status;
  cpt_value read[] = {table, ids};
  cpt_operation gather = {.struct_size = sizeof gather, .code = CPT_OP_GATHER, .inputs = read,
                          .input_count = 2};
  status = graph->add(graph->context, &gather, &rows, error);
  if (status) return status;
  cpt_value compared[] = {rows, table, wanted};
  cpt_operation head = {.struct_size = sizeof head, .code = CPT_OP_LINEAR_CROSS_ENTROPY,
                        .inputs = compared, .input_count = 3, .location = {"kept.c:1", 8}};
  return graph->add(graph->context, &head, losses, error);
}

static const cpt_option options[] = {
    {.struct_size = sizeof(cpt_option), .name = {"width", 5}, .type = CPT_OPTION_INTEGER,
     .presence = CPT_OPTION_OPTIONAL, .minimum = 1, .maximum = 4096,
     .help = {"The length of a row.", 20}}};

static const cpt_architecture_table table = {
    .struct_size = sizeof table, .shape_near = shape_near, .create = create,
    .parameter_count = parameter_count, .describe = describe, .destroy = free};

cpt_status kept_entry(const cpt_host *host, cpt_plugin *plugin, cpt_error **error) {
  if (plugin->struct_size > sizeof *plugin) plugin->struct_size = sizeof *plugin;
  plugin->abi_major = CPT_ABI_MAJOR;
  plugin->abi_minor = CPT_ABI_MINOR;
  plugin->kind = CPT_KIND_ARCHITECTURE;
  plugin->options = options;
  plugin->option_count = 1;
  plugin->option_stride = sizeof(cpt_option);
  plugin->table = &table;
  return CPT_OK;
}
