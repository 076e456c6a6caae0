#include <cpt/record.h>

CPT_PLUGIN_RECORD(CPT_KIND_ARCHITECTURE, CPT_CONCURRENCY_CONCURRENT, "llama", "1.0.0",
                  "cpt_llama_entry", "")
