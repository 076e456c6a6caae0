#include <cpt/record.h>

CPT_PLUGIN_RECORD(CPT_KIND_SCALING_LAW, CPT_CONCURRENCY_CONCURRENT, "replay-forgetting", "1.0.0",
                  "cpt_replay_forgetting_entry", "")
