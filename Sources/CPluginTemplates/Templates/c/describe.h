// Describing a computation to the host: a builder that remembers its first failure.
//
// Every function adds one operation and returns its result. After a failure all of them do nothing, so
// that a description reads as the formula it is; ask for `status` at its end.
#ifndef DESCRIBE_H
#define DESCRIBE_H

#include "support.h"

typedef struct {
  const cpt_graph *graph;
  cpt_error **error;  // where the host's own words about a failure go
  cpt_status status;
} builder;

// A builder, and the line that asks it for something.
typedef struct {
  builder *b;
  const char *location;
} asked;

#define DESCRIBE_STRING(line) #line
#define DESCRIBE_LINE(line) DESCRIBE_STRING(line)

// Names the line that asks, for the host's messages: `add_operation(AT(b), ...)`.
#define AT(b) ((asked){b, __FILE__ ":" DESCRIBE_LINE(__LINE__)})

static inline cpt_value add_operation(asked at, cpt_operation_code code, const cpt_value *inputs,
                                      size_t input_count, const int64_t *integers,
                                      size_t integer_count, const double *reals,
                                      size_t real_count) {
  cpt_value result = {0};
  if (at.b->status) return result;
  cpt_operation operation = {.struct_size = sizeof operation,
                             .code = code,
                             .inputs = inputs,
                             .input_count = input_count,
                             .integers = integers,
                             .integer_count = integer_count,
                             .reals = reals,
                             .real_count = real_count,
                             .location = {at.location, strlen(at.location)}};
  const cpt_graph *graph = at.b->graph;
  at.b->status = graph->add(graph->context, &operation, &result, at.b->error);
  return result;
}

static inline cpt_value unary(asked at, cpt_operation_code code, cpt_value x) {
  return add_operation(at, code, &x, 1, NULL, 0, NULL, 0);
}

// Both of one shape.
static inline cpt_value binary(asked at, cpt_operation_code code, cpt_value x, cpt_value y) {
  cpt_value inputs[] = {x, y};
  return add_operation(at, code, inputs, 2, NULL, 0, NULL, 0);
}

// A tensor of another's shape, filled with one number.
static inline cpt_value filled_like(asked at, cpt_value other, double value) {
  return add_operation(at, CPT_OP_CONSTANT, NULL, 0, other.extents, other.rank, &value, 1);
}

static inline cpt_value scaled(asked at, cpt_value x, double factor) {
  return binary(at, CPT_OP_MULTIPLY, x, filled_like(at, x, factor));
}

// Repeats a tensor whose axes are the last ones of another's to that one's shape.
static inline cpt_value repeated_like(asked at, cpt_value x, cpt_value other) {
  if (x.rank >= other.rank) return x;
  int64_t integers[1 + 2 * CPT_MAXIMUM_RANK] = {x.rank};
  for (uint32_t axis = 0; axis < x.rank; axis++) integers[1 + axis] = other.rank - x.rank + axis;
  memcpy(integers + 1 + x.rank, other.extents, other.rank * sizeof *integers);
  return add_operation(at, CPT_OP_BROADCAST, &x, 1, integers, 1 + x.rank + other.rank, NULL, 0);
}

static inline cpt_value reshaped(asked at, cpt_value x, uint32_t rank, const int64_t *extents) {
  return add_operation(at, CPT_OP_RESHAPE, &x, 1, extents, rank, NULL, 0);
}

// x [R, inputs] and weight [outputs, inputs] give [R, outputs].
static inline cpt_value linear(asked at, cpt_value x, cpt_value weight) {
  cpt_value inputs[] = {x, weight};
  int64_t transposed[] = {0, 1};
  return add_operation(at, CPT_OP_MATRIX_PRODUCT, inputs, 2, transposed, 2, NULL, 0);
}

#endif
