// Runs updates of single numbers: they fall into a quadratic's minimum, and nothing moves without cause.
#include "harness.h"

// A graph that computes at once: the value of each id, all scalars.
static double numbers[256];
static int32_t used;

static cpt_value scalar(double number) {
  numbers[used] = number;
  return (cpt_value){.id = used++, .element_type = CPT_FLOAT32};
}

static cpt_status add(void *context, const cpt_operation *operation, cpt_value *result,
                      cpt_error **error) {
  (void)context, (void)error;
  double x = operation->input_count > 0 ? numbers[operation->inputs[0].id] : 0;
  double y = operation->input_count > 1 ? numbers[operation->inputs[1].id] : 0;
  switch (operation->code) {
  case CPT_OP_CONSTANT: *result = scalar(operation->reals[0]); break;
  case CPT_OP_NEGATE: *result = scalar(-x); break;
  case CPT_OP_SQUARE_ROOT: *result = scalar(sqrt(x)); break;
  case CPT_OP_SIGN: *result = scalar((x > 0) - (x < 0)); break;
  case CPT_OP_ADD: *result = scalar(x + y); break;
  case CPT_OP_SUBTRACT: *result = scalar(x - y); break;
  case CPT_OP_MULTIPLY: *result = scalar(x * y); break;
  case CPT_OP_DIVIDE: *result = scalar(x / y); break;
  case CPT_OP_MAXIMUM: *result = scalar(fmax(x, y)); break;
  case CPT_OP_MINIMUM: *result = scalar(fmin(x, y)); break;
  case CPT_OP_BROADCAST: *result = scalar(x); break;
  default:
    fprintf(stderr, "test/test.c computes no operation %u yet: add it\n", operation->code);
    exit(1);
  }
  return CPT_OK;
}

// One update; `states` are replaced.
static double updated(const cpt_optimizer_table *table, void *optimizer, double parameter,
                      double gradient, double rate, int step, double *states, size_t count) {
  used = 0;
  cpt_graph graph = {.struct_size = sizeof graph, .add = add};
  cpt_parameter_info info = {.struct_size = sizeof info, .name = text_of("weight"), .decays = 1};
  cpt_value old[8], new[8], result;
  for (size_t index = 0; index < count; index++) old[index] = scalar(states[index]);
  cpt_update update = {.struct_size = sizeof update,      .info = &info,
                       .parameter = scalar(parameter),    .gradient = scalar(gradient),
                       .step = scalar(step),              .learning_rate = scalar(rate),
                       .states = count > 0 ? old : NULL,  .state_count = count};
  cpt_error *error = NULL;
  need(table->describe(optimizer, &graph, &update, &result, new, &error), error, "describe");
  for (size_t index = 0; index < count; index++) states[index] = numbers[new[index].id];
  return numbers[result.id];
}

int main(int count, char **arguments) {
  const cpt_optimizer_table *table = open_plugin(count, arguments, CPT_KIND_OPTIMIZER);
  cpt_option_value values[] = {
      {.struct_size = sizeof *values, .name = text_of("momentum"), .type = CPT_OPTION_REAL,
       .real = 0.9},
      {.struct_size = sizeof *values, .name = text_of("weight_decay"), .type = CPT_OPTION_REAL,
       .real = 0.1}};
  cpt_options options = options_of(values, 2);
  cpt_error *error = NULL;
  void *optimizer = NULL;
  need(table->create(&options, &optimizer, &error), error, "create");

  cpt_parameter_info info = {.struct_size = sizeof info, .name = text_of("weight")};
  size_t state_count = 0;
  need(table->state_count(optimizer, &info, &state_count, &error), error, "state_count");
  EXPECT(state_count == 1);

  // First step by hand: v = 2, p = 1 (1 - 0.5 * 0.1) - 0.5 * 2.
  double states[8] = {0};
  EXPECT(fabs(updated(table, optimizer, 1, 2, 0.5, 1, states, state_count) + 0.05) < 1e-12);
  EXPECT(states[0] == 2);

  // p^2 / 2, whose gradient is p.
  double parameter = 4;
  states[0] = 0;
  for (int step = 1; step <= 200; step++)
    parameter = updated(table, optimizer, parameter, parameter, 0.1, step, states, state_count);
  EXPECT(fabs(parameter) < 0.01);

  states[0] = 0;
  EXPECT(updated(table, optimizer, 3, 0, 0, 1, states, state_count) == 3);
  table->destroy(optimizer);
  return end_of_test();
}
