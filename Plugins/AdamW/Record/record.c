#include <cpt/record.h>

CPT_PLUGIN_RECORD(CPT_KIND_OPTIMIZER, CPT_CONCURRENCY_CONCURRENT, "adamw", "1.0.0",
                  "cpt_adamw_entry", "")
