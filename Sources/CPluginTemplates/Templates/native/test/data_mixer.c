// Mixes two corpora and holds the laws: weights are at least 0, sum to one, and go where they should.
#include "harness.h"

static cpt_option_value shares(const char *name, const cpt_text *names, const double *numbers,
                               size_t count) {
  return (cpt_option_value){.struct_size = sizeof(cpt_option_value), .name = text_of(name),
                            .type = CPT_OPTION_SHARES, .names = names, .shares = numbers,
                            .share_count = count};
}

int main(int count, char **arguments) {
  const cpt_data_mixer_table *table = open_plugin(count, arguments, CPT_KIND_DATA_MIXER);
  cpt_text names[] = {text_of("old"), text_of("new")};
  double start[] = {3, 1}, end[] = {0, 2}, none[] = {0, 0};
  cpt_option_value values[] = {shares("start", names, start, 2), shares("end", names, end, 2)};
  cpt_options options = options_of(values, 2);
  cpt_error *error = NULL;
  void *mixer = NULL;
  need(table->create(&options, &mixer, &error), error, "create");
  EXPECT(table->source_count(mixer) == 2);
  EXPECT(table->source(mixer, 1).length == 3 && !memcmp(table->source(mixer, 1).data, "new", 3));

  const double expected[][2] = {{0.75, 0.25}, {0.375, 0.625}, {0, 1}};
  for (uint64_t half = 0; half < 3; half++) {
    uint64_t drawn[] = {half * 500, 0};
    cpt_mixing_progress progress = {sizeof progress, half * 500, 1000, drawn, 2};
    double weights[2] = {-1, -1};
    need(table->weights(mixer, &progress, weights, &error), error, "weights");
    EXPECT(weights[0] == expected[half][0] && weights[1] == expected[half][1]);
  }
  table->destroy(mixer);

  values[0].shares = none;
  EXPECT(refused(table->create(&options, &mixer, &error), CPT_INVALID_ARGUMENT, &error));
  return end_of_test();
}
