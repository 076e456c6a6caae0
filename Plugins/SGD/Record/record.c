#include <cpt/record.h>

CPT_PLUGIN_RECORD(CPT_KIND_OPTIMIZER, CPT_CONCURRENCY_CONCURRENT, "sgd", "1.0.0",
                  "cpt_sgd_entry", "")
