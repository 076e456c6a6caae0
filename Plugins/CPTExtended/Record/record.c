#include <cpt/record.h>

CPT_PLUGIN_RECORD(CPT_KIND_SCALING_LAW, CPT_CONCURRENCY_CONCURRENT, "cpt-extended", "1.0.0",
                  "cpt_extended_entry", "")
