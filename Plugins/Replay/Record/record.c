#include <cpt/record.h>

CPT_PLUGIN_RECORD(CPT_KIND_DATA_MIXER, CPT_CONCURRENCY_CONCURRENT, "replay", "1.0.0",
                  "cpt_replay_entry", "")
