#include <cpt/record.h>

CPT_PLUGIN_RECORD(CPT_KIND_TOKENIZER, CPT_CONCURRENCY_CONCURRENT, "byte-pair", "1.0.0",
                  "cpt_byte_pair_entry", "")
