// A mixture that moves evenly from one set of shares at the start of a stage to another at its end.
//
// With f the part of the stage that is done, a corpus has the weight (1 - f) start + f end.

#include "support.h"

CPT_PLUGIN_RECORD(CPT_KIND_DATA_MIXER, CPT_CONCURRENCY_CONCURRENT, "example-plugin", "0.1.0",
                  "example_plugin_entry", "")

// A corpus with its shares, each set of which sums to one.
typedef struct {
  cpt_text name;
  double start, end;
} source;

typedef struct {
  size_t count;
  source *sources;
  char *names;  // the bytes that the names point to
} mixer;

static void destroy(void *instance) {
  mixer *it = instance;
  if (!it) return;
  free(it->sources);
  free(it->names);
  free(it);
}

// Whether each share is a number from 0 on and their sum is one above 0.
static int sum_shares(const cpt_option_value *shares, double *sum) {
  *sum = 0;
  for (size_t index = 0; index < shares->share_count; index++) *sum += shares->shares[index];
  return *sum > 0 && *sum <= 1e300;
}

// The source of a corpus, added where it is new.
static source *find_source(mixer *it, cpt_text name) {
  for (size_t index = 0; index < it->count; index++) {
    source *known = &it->sources[index];
    if (known->name.length == name.length && !memcmp(known->name.data, name.data, name.length))
      return known;
  }
  it->sources[it->count].name = name;
  return &it->sources[it->count++];
}

static cpt_status create(const cpt_options *options, void **instance, cpt_error **error) {
  const cpt_option_value *sets[] = {find_option(options, "start"), find_option(options, "end")};
  double sums[2];
  size_t most = 0, bytes = 0;
  for (size_t set = 0; set < 2; set++) {
    if (!sum_shares(sets[set], &sums[set]))
      return fail(error, CPT_INVALID_ARGUMENT,
                  "the shares of '%s' sum to %g: name at least one corpus with a share above 0",
                  set ? "end" : "start", sums[set]);
    most += sets[set]->share_count;
    for (size_t index = 0; index < sets[set]->share_count; index++)
      bytes += sets[set]->names[index].length;
  }
  mixer *it = calloc(1, sizeof *it);
  if (it) it->sources = calloc(most, sizeof *it->sources);
  if (it) it->names = malloc(bytes + 1);
  if (!it || !it->sources || !it->names) {
    destroy(it);
    return fail(error, CPT_OUT_OF_MEMORY, "no memory for %zu corpora", most);
  }
  char *free_place = it->names;
  for (size_t set = 0; set < 2; set++) {
    for (size_t index = 0; index < sets[set]->share_count; index++) {
      // The option's text is gone after this call; the names must live as long as the instance.
      cpt_text lent = sets[set]->names[index];
      cpt_text name = {free_place, lent.length};
      memcpy(free_place, lent.data, lent.length);
      free_place += lent.length;
      source *found = find_source(it, name);
      double share = sets[set]->shares[index] / sums[set];
      if (set) found->end += share;
      else found->start += share;
    }
  }
  *instance = it;
  return CPT_OK;
}

static size_t source_count(void *instance) { return ((const mixer *)instance)->count; }

static cpt_text source_name(void *instance, size_t index) {
  const mixer *it = instance;
  return index < it->count ? it->sources[index].name : (cpt_text){NULL, 0};
}

static cpt_status weights(void *instance, const cpt_mixing_progress *progress, double *weights,
                          cpt_error **error) {
  (void)error;
  const mixer *it = instance;
  double fraction = 0;
  if (progress->tokens_planned > 0)
    fraction = (double)progress->tokens_drawn / (double)progress->tokens_planned;
  if (fraction > 1) fraction = 1;
  for (size_t index = 0; index < it->count; index++)
    weights[index] = (1 - fraction) * it->sources[index].start + fraction * it->sources[index].end;
  return CPT_OK;
}

static const cpt_option options[] = {
    {.struct_size = sizeof(cpt_option),
     .name = TEXT("start"),
     .type = CPT_OPTION_SHARES,
     .presence = CPT_OPTION_REQUIRED,
     .minimum = 0,
     .maximum = 1e15,
     .help = TEXT("The share of each corpus at the start; they are divided by their sum.")},
    {.struct_size = sizeof(cpt_option),
     .name = TEXT("end"),
     .type = CPT_OPTION_SHARES,
     .presence = CPT_OPTION_REQUIRED,
     .minimum = 0,
     .maximum = 1e15,
     .help = TEXT("The share of each corpus at the end; they are divided by their sum.")}};

static const cpt_data_mixer_table table = {.struct_size = sizeof table,
                                           .create = create,
                                           .source_count = source_count,
                                           .source = source_name,
                                           .weights = weights,
                                           .destroy = destroy};

EXPORT cpt_status example_plugin_entry(const cpt_host *host, cpt_plugin *plugin,
                                       cpt_error **error) {
  (void)host;
  return hand_over(plugin, CPT_KIND_DATA_MIXER, options, sizeof options / sizeof *options, &table,
                   error);
}
