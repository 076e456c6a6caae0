#include <cpt/record.h>

CPT_PLUGIN_RECORD(CPT_KIND_SCALING_LAW, CPT_CONCURRENCY_CONCURRENT, "d-cpt", "1.0.0",
                  "cpt_d_cpt_entry", "")
