// The entry point: the one symbol that the host looks up.
#ifndef CPT_PLUGIN_H
#define CPT_PLUGIN_H

#include "base.h"
#include "host.h"
#include "options.h"

// What a plugin hands over. Everything it points to lives as long as the library, which is never
// unloaded.
typedef struct cpt_plugin {
  size_t struct_size;  // the host writes its size; the plugin writes the smaller of that and its own
  uint32_t abi_major;
  uint32_t abi_minor;
  cpt_kind kind;
  const cpt_option *options;  // [nullable if option_count is 0]; elements option_stride bytes apart
  size_t option_count;
  size_t option_stride;
  const void *table;  // the table of the kind: cpt_tokenizer_table, cpt_architecture_table, ...
} cpt_plugin;

// Fills `plugin`. Called once after loading, before anything else. [main]
typedef cpt_status (*cpt_plugin_entry)(const cpt_host *host, cpt_plugin *plugin, cpt_error **error);

#endif
