// Optimizer: describes the update of one parameter as a graph.
//
// Laws: the state declared is the state returned, in order and shape; the update decreases a
// quadratic; it is a pure function of its inputs.
#ifndef CPT_OPTIMIZER_H
#define CPT_OPTIMIZER_H

#include "base.h"
#include "graph.h"
#include "host.h"
#include "options.h"

// A parameter as the optimizer sees it. `decays` is what the architecture declared: 1 where weight
// decay is meant to act (matrices), 0 where not (norm weights, biases).
typedef struct cpt_parameter_info {
  size_t struct_size;
  cpt_text name;
  int64_t extents[CPT_MAXIMUM_RANK];
  uint32_t rank;
  int32_t decays;
} cpt_parameter_info;

// A state tensor of one parameter, float32, that starts as `initial_value` in every element.
typedef struct cpt_optimizer_state {
  size_t struct_size;
  cpt_text name;  // static; "first_moment"
  int64_t extents[CPT_MAXIMUM_RANK];
  uint32_t rank;
  float initial_value;
} cpt_optimizer_state;

// The inputs of one update.
typedef struct cpt_update {
  size_t struct_size;
  const cpt_parameter_info *info;
  cpt_value parameter;
  cpt_value gradient;       // shape of the parameter, already clipped
  cpt_value step;           // [] float32: 1 in the first update
  cpt_value learning_rate;  // [] float32
  const cpt_value *states;  // state_count values, in the declared order [nullable if there are none]
  size_t state_count;
} cpt_update;

typedef struct cpt_optimizer_table {
  size_t struct_size;

  // Makes an optimizer. The caller owns `*instance`. [main]
  cpt_status (*create)(const cpt_options *options, void **instance, cpt_error **error);

  // How many state tensors a parameter has. [serial]
  cpt_status (*state_count)(void *instance, const cpt_parameter_info *info, size_t *count,
                            cpt_error **error);

  // Declares the state tensor at `index`. [serial]
  cpt_status (*state)(void *instance, const cpt_parameter_info *info, size_t index,
                      cpt_optimizer_state *state, cpt_error **error);

  // Adds the update to `graph`; stores the new parameter and the new states, each of the shape of
  // the old one. `states` has room for update->state_count values [nullable if that is 0]. [serial]
  cpt_status (*describe)(void *instance, const cpt_graph *graph, const cpt_update *update,
                         cpt_value *parameter, cpt_value *states, cpt_error **error);

  // Frees the instance. [main]
  void (*destroy)(void *instance);
} cpt_optimizer_table;

#endif
