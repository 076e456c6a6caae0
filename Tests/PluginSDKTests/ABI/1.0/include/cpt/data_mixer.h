// Data mixer: what share of the next sequences each source gets, as training goes on.
//
// Laws: weights are at least 0 and sum to one; they are a pure function of progress.
#ifndef CPT_DATA_MIXER_H
#define CPT_DATA_MIXER_H

#include "base.h"
#include "host.h"
#include "options.h"

// How far a stage has come.
typedef struct cpt_mixing_progress {
  size_t struct_size;
  uint64_t tokens_drawn;
  uint64_t tokens_planned;              // by the whole stage
  const uint64_t *source_tokens_drawn;  // source_count numbers
  size_t source_count;
} cpt_mixing_progress;

typedef struct cpt_data_mixer_table {
  size_t struct_size;

  // Makes a mixer. Every corpus its options name is one of its sources; the caller owns
  // `*instance`. [main]
  cpt_status (*create)(const cpt_options *options, void **instance, cpt_error **error);

  // How many sources the mixer draws from. [concurrent]
  size_t (*source_count)(void *instance);

  // The corpus at `index`, as a pipeline names it. Lives as long as the instance. [concurrent]
  cpt_text (*source)(void *instance, size_t index);

  // Writes source_count weights. [concurrent]
  cpt_status (*weights)(void *instance, const cpt_mixing_progress *progress, double *weights,
                        cpt_error **error);

  // Frees the instance. [main]
  void (*destroy)(void *instance);
} cpt_data_mixer_table;

#endif
