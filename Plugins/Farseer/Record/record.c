#include <cpt/record.h>

CPT_PLUGIN_RECORD(CPT_KIND_SCALING_LAW, CPT_CONCURRENCY_CONCURRENT, "farseer", "1.0.0",
                  "cpt_farseer_entry", "")
