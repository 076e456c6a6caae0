// Describes models into a graph that only counts: what is declared is what the formula says.
#include "harness.h"

typedef struct {
  int64_t elements;
  int32_t used;
} counter;

static int64_t product(const int64_t *extents, uint32_t rank) {
  int64_t result = 1;
  for (uint32_t axis = 0; axis < rank; axis++) result *= extents[axis];
  return result;
}

static cpt_value shaped(counter *it, uint32_t rank, const int64_t *extents) {
  cpt_value value = {.id = it->used++, .element_type = CPT_FLOAT32, .rank = rank};
  memcpy(value.extents, extents, rank * sizeof *extents);
  return value;
}

static cpt_status declare(void *context, const cpt_parameter *parameter, cpt_value *result,
                          cpt_error **error) {
  (void)error;
  counter *it = context;
  it->elements += product(parameter->extents, parameter->rank);
  *result = shaped(it, parameter->rank, parameter->extents);
  return CPT_OK;
}

static cpt_status add(void *context, const cpt_operation *operation, cpt_value *result,
                      cpt_error **error) {
  (void)error;
  counter *it = context;
  const cpt_value *inputs = operation->inputs;
  const int64_t *integers = operation->integers;
  cpt_value x = inputs[0];
  switch (operation->code) {
  case CPT_OP_RESHAPE:
    EXPECT(product(integers, (uint32_t)operation->integer_count) == product(x.extents, x.rank));
    *result = shaped(it, (uint32_t)operation->integer_count, integers);
    break;
  case CPT_OP_BROADCAST:
    *result = shaped(it, (uint32_t)(operation->integer_count - 1 - x.rank), integers + 1 + x.rank);
    break;
  case CPT_OP_SLICE:
    *result = shaped(it, x.rank, x.extents);
    for (uint32_t axis = 0; axis < x.rank; axis++)
      result->extents[axis] = integers[x.rank + axis] - integers[axis];
    break;
  case CPT_OP_GATHER:
    *result = shaped(it, inputs[1].rank, inputs[1].extents);
    result->extents[result->rank++] = x.extents[1];
    break;
  case CPT_OP_MATRIX_PRODUCT: {
    EXPECT(integers[0] == 0 && integers[1] == 1 && x.extents[1] == inputs[1].extents[1]);
    int64_t extents[] = {x.extents[0], inputs[1].extents[0]};
    *result = shaped(it, 2, extents);
    break;
  }
  case CPT_OP_LINEAR_CROSS_ENTROPY: *result = shaped(it, 1, inputs[2].extents); break;
  case CPT_OP_ADD: EXPECT(product(x.extents, x.rank) == product(inputs[1].extents, inputs[1].rank));
    // fall through
  case CPT_OP_RMS_NORM: case CPT_OP_CAUSAL_ATTENTION: case CPT_OP_GELU:
    *result = shaped(it, x.rank, x.extents);
    break;
  default:
    fprintf(stderr, "test/test.c knows no operation %u yet: add it\n", operation->code);
    exit(1);
  }
  return CPT_OK;
}

static cpt_option_value chosen[8];
static size_t chosen_count;

static cpt_status choose(void *context, const cpt_option_value *value) {
  (void)context;
  EXPECT(chosen_count < 8);
  chosen[chosen_count] = *value;
  // The name is lent; the options of this plugin are known by their first letter.
  chosen[chosen_count++].name = text_of(value->name.data[0] == 'w' ? "width" : "layers");
  return CPT_OK;
}

int main(int count, char **arguments) {
  const cpt_architecture_table *table = open_plugin(count, arguments, CPT_KIND_ARCHITECTURE);
  cpt_model_dimensions dimensions = {sizeof dimensions, 300, 16};
  cpt_option_sink sink = {sizeof sink, NULL, choose};
  cpt_error *error = NULL;
  void *model = NULL;
  const int64_t targets[] = {5000, 60000, 1000000};
  for (size_t index = 0; index < 3; index++) {
    chosen_count = 0;
    cpt_options options = options_of(NULL, 0);
    need(table->shape_near(&options, &dimensions, targets[index], &sink, &error), error,
         "shape_near");
    options = options_of(chosen, chosen_count);
    need(table->create(&options, &dimensions, &model, &error), error, "create");
    cpt_parameter_count formula = {.struct_size = sizeof formula};
    need(table->parameter_count(model, &formula, &error), error, "parameter_count");
    double near = (double)(formula.total - formula.embedding) / (double)targets[index];
    EXPECT(near > 0.7 && near < 1.4);

    for (int64_t length = 8; length <= 16; length += 8) {
      counter it = {0};
      int64_t extents[] = {2, length};
      cpt_value tokens = shaped(&it, 2, extents), labels = shaped(&it, 2, extents), losses = {0};
      cpt_graph graph = {sizeof graph, &it, declare, add};
      need(table->describe(model, &graph, &tokens, &labels, &losses, &error), error, "describe");
      EXPECT(it.elements == formula.total);
      EXPECT(losses.rank == 1 && losses.extents[0] == 2 * length);
    }
    counter it = {0};
    int64_t extents[] = {2, 17};
    cpt_value tokens = shaped(&it, 2, extents), losses = {0};
    cpt_graph graph = {sizeof graph, &it, declare, add};
    EXPECT(refused(table->describe(model, &graph, &tokens, &tokens, &losses, &error),
                   CPT_INVALID_ARGUMENT, &error));
    table->destroy(model);
  }
  cpt_options none = options_of(NULL, 0);
  EXPECT(refused(table->create(&none, &dimensions, &model, &error), CPT_INVALID_ARGUMENT, &error));
  return end_of_test();
}
