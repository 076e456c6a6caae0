#include <cpt/record.h>

CPT_PLUGIN_RECORD(CPT_KIND_OPTIMIZER, CPT_CONCURRENCY_CONCURRENT, "lion", "1.0.0", "lion_entry", "")
