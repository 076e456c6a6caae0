#include <cpt/record.h>

CPT_PLUGIN_RECORD(CPT_KIND_SCALING_LAW, CPT_CONCURRENCY_CONCURRENT, "hernandez-transfer", "1.0.0",
                  "cpt_hernandez_transfer_entry", "")
