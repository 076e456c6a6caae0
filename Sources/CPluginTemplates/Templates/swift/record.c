#include <cpt/record.h>

CPT_PLUGIN_RECORD(CPT_KIND_TOKENIZER, CPT_CONCURRENCY_CONCURRENT, "example-plugin", "0.1.0",
                  "example_plugin_entry", "")
