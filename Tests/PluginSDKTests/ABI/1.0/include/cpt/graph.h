// The graph builder: how an architecture or an optimizer says what to compute.
//
// The host owns the graph. A plugin calls the builder while it describes, and must not keep it, nor
// any value, after it returns.
#ifndef CPT_GRAPH_H
#define CPT_GRAPH_H

#include "base.h"
#include "operations.h"

#define CPT_MAXIMUM_RANK 8

typedef uint32_t cpt_element_type;
enum { CPT_FLOAT32 = 1, CPT_INT32 = 2 };

// A tensor in the graph, by value. Rank 0 is a scalar. Elements lie in row-major order.
typedef struct cpt_value {
  int32_t id;
  cpt_element_type element_type;
  uint32_t rank;
  int64_t extents[CPT_MAXIMUM_RANK];
} cpt_value;

// How a parameter starts. The host draws it, keyed by the run's seed and the parameter's name.
typedef uint32_t cpt_initializer_kind;
enum {
  CPT_INITIALIZE_CONSTANT = 1,  // a: the value
  CPT_INITIALIZE_NORMAL = 2,    // a: mean, b: standard deviation
  CPT_INITIALIZE_UNIFORM = 3    // a: least, b: greatest
};

// A parameter to declare, float32.
typedef struct cpt_parameter {
  size_t struct_size;
  cpt_text name;  // unique in the model: "layers.0.attention.query.weight"
  int64_t extents[CPT_MAXIMUM_RANK];
  uint32_t rank;
  cpt_initializer_kind initializer;
  float a;
  float b;
  int32_t decays;  // 1 where weight decay is meant to act
} cpt_parameter;

// An operation to add; operations.h says which inputs and attributes each code takes.
typedef struct cpt_operation {
  size_t struct_size;
  cpt_operation_code code;
  const cpt_value *inputs;
  size_t input_count;
  const int64_t *integers;  // [nullable if integer_count is 0]
  size_t integer_count;
  const double *reals;  // [nullable if real_count is 0]
  size_t real_count;
  cpt_text location;  // "file:line" that asks for it, for error messages; may be empty
} cpt_operation;

// The builder. Valid until the describing call returns. All functions [serial].
typedef struct cpt_graph {
  size_t struct_size;
  void *context;

  // Declares a parameter and stores its value. Not offered to optimizers (null).
  cpt_status (*parameter)(void *context, const cpt_parameter *parameter, cpt_value *result,
                          cpt_error **error);

  // Adds an operation, checks its shapes, and stores its result.
  cpt_status (*add)(void *context, const cpt_operation *operation, cpt_value *result,
                    cpt_error **error);
} cpt_graph;

#endif
