#include <cpt/record.h>

CPT_PLUGIN_RECORD(CPT_KIND_TOKENIZER, CPT_CONCURRENCY_CONCURRENT, "bytes", "1.0.0",
                  "cpt_bytes_entry", "")
