// Scaling law: a form that predicts a loss; the host fits it.
//
// Laws: the gradient equals finite differences; fitted to its own predictions it recovers its
// coefficients; its closed-form optimum equals a numeric minimum.
#ifndef CPT_SCALING_LAW_H
#define CPT_SCALING_LAW_H

#include "base.h"
#include "host.h"
#include "options.h"

// What a parameter does in the form.
typedef uint32_t cpt_law_role;
enum {
  CPT_LAW_COEFFICIENT = 1,  // the loss is linear in it, and it is at least 0: E, A, B
  CPT_LAW_EXPONENT = 2,     // a power of N or D: alpha, beta, gamma
  CPT_LAW_SHAPE = 3         // anything else
};

// A parameter of a law; lives as long as the instance.
typedef struct cpt_law_parameter {
  size_t struct_size;
  cpt_text name;  // "E", "alpha": letters, digits and underscores
  cpt_law_role role;
  double lower;  // the bounds of a fit, inclusive
  double upper;
  cpt_text unit;  // "nats", "1", ...
} cpt_law_parameter;

typedef struct cpt_scaling_law_table {
  size_t struct_size;

  // Makes a law. The caller owns `*instance`. [main]
  cpt_status (*create)(const cpt_options *options, void **instance, cpt_error **error);

  // The variables of a point in the order of `evaluate`'s columns: "N" (parameters), "D" (tokens).
  // The text lives as long as the instance. [concurrent]
  size_t (*variable_count)(void *instance);
  cpt_text (*variable)(void *instance, size_t index);

  // The parameters in the order of theta. [concurrent]
  size_t (*parameter_count)(void *instance);
  cpt_status (*parameter)(void *instance, size_t index, cpt_law_parameter *parameter,
                          cpt_error **error);

  // Predicts at `count` points at once.
  //   theta      parameter_count numbers
  //   columns    variable_count pointers to `count` numbers each, all positive; of variables other
  //              than "N", "D", "C" (FLOPs) and "U" (different tokens) perhaps 0
  //   losses     result, `count` numbers, nats a token
  //   gradients  result [nullable], count rows of parameter_count numbers: d loss / d theta
  // [concurrent]
  cpt_status (*evaluate)(void *instance, const double *theta, const double *const *columns,
                         size_t count, double *losses, double *gradients, cpt_error **error);

  // [nullable] The N and D of least loss with 6 N D = compute, in closed form. CPT_UNSUPPORTED where
  // these coefficients have no interior optimum. [concurrent]
  cpt_status (*optimum)(void *instance, const double *theta, double compute, double *parameters,
                        double *tokens, cpt_error **error);

  // Frees the instance. [main]
  void (*destroy)(void *instance);
} cpt_scaling_law_table;

#endif
