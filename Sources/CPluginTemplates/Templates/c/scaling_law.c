// A power law in the number of parameters N and of training tokens D:
//
//     L(N, D) = E + A / N^alpha + B / D^beta
//
// after Hoffmann et al., arXiv 2203.15556, section 3.3.

#include "support.h"

#include <math.h>

CPT_PLUGIN_RECORD(CPT_KIND_SCALING_LAW, CPT_CONCURRENCY_CONCURRENT, "example-plugin", "0.1.0",
                  "example_plugin_entry", "")

// The places in theta.
enum { E, A, ALPHA, B, BETA, PARAMETER_COUNT };

// A law has no state; its instance is this byte.
static char only_instance;

static cpt_status create(const cpt_options *options, void **instance, cpt_error **error) {
  (void)options, (void)error;
  *instance = &only_instance;
  return CPT_OK;
}

static void destroy(void *instance) { (void)instance; }

static const cpt_text variables[] = {TEXT("N"), TEXT("D")};

static size_t variable_count(void *instance) {
  (void)instance;
  return 2;
}

static cpt_text variable(void *instance, size_t index) {
  (void)instance;
  return index < 2 ? variables[index] : (cpt_text){NULL, 0};
}

#define COEFFICIENT(name, upper) \
  {sizeof(cpt_law_parameter), TEXT(name), CPT_LAW_COEFFICIENT, 0, upper, TEXT("nats")}
#define EXPONENT(name) \
  {sizeof(cpt_law_parameter), TEXT(name), CPT_LAW_EXPONENT, 0.03, 1.5, TEXT("1")}

static const cpt_law_parameter parameters[PARAMETER_COUNT] = {
    COEFFICIENT("E", 100), COEFFICIENT("A", 1e30), EXPONENT("alpha"), COEFFICIENT("B", 1e30),
    EXPONENT("beta")};

static size_t parameter_count(void *instance) {
  (void)instance;
  return PARAMETER_COUNT;
}

static cpt_status parameter(void *instance, size_t index, cpt_law_parameter *parameter,
                            cpt_error **error) {
  (void)instance;
  if (index >= PARAMETER_COUNT)
    return fail(error, CPT_INVALID_ARGUMENT, "there is no parameter %zu; there are %d", index,
                PARAMETER_COUNT);
  *parameter = parameters[index];
  return CPT_OK;
}

static cpt_status evaluate(void *instance, const double *theta, const double *const *columns,
                           size_t count, double *losses, double *gradients, cpt_error **error) {
  (void)instance, (void)error;
  for (size_t point = 0; point < count; point++) {
    double log_n = log(columns[0][point]), log_d = log(columns[1][point]);
    double size_term = exp(-theta[ALPHA] * log_n), data_term = exp(-theta[BETA] * log_d);
    losses[point] = theta[E] + theta[A] * size_term + theta[B] * data_term;
    if (!gradients) continue;
    double *row = gradients + point * PARAMETER_COUNT;
    row[E] = 1;
    row[A] = size_term;
    row[ALPHA] = -theta[A] * size_term * log_n;
    row[B] = data_term;
    row[BETA] = -theta[B] * data_term * log_d;
  }
  return CPT_OK;
}

// Where dL/dN = 0 along D = compute / 6 N (equation 4 of the paper).
static cpt_status optimum(void *instance, const double *theta, double compute, double *parameters,
                          double *tokens, cpt_error **error) {
  (void)instance;
  if (!(compute > 0) || isinf(compute))
    return fail(error, CPT_INVALID_ARGUMENT, "compute is %g FLOPs; it must be above 0", compute);
  if (!(theta[A] > 0 && theta[B] > 0 && theta[ALPHA] > 0 && theta[BETA] > 0))
    return fail(error, CPT_UNSUPPORTED,
                "there is no best size at A = %g, alpha = %g, B = %g, beta = %g: all must be above 0",
                theta[A], theta[ALPHA], theta[B], theta[BETA]);
  double sum = theta[ALPHA] + theta[BETA];
  double log_scale = (log(theta[ALPHA]) + log(theta[A]) - log(theta[BETA]) - log(theta[B])) / sum;
  double log_product = log(compute / 6);
  double log_n = log_scale + theta[BETA] / sum * log_product;
  *parameters = exp(log_n);
  *tokens = exp(log_product - log_n);
  return CPT_OK;
}

static const cpt_scaling_law_table table = {.struct_size = sizeof table,
                                            .create = create,
                                            .variable_count = variable_count,
                                            .variable = variable,
                                            .parameter_count = parameter_count,
                                            .parameter = parameter,
                                            .evaluate = evaluate,
                                            .optimum = optimum,
                                            .destroy = destroy};

EXPORT cpt_status example_plugin_entry(const cpt_host *host, cpt_plugin *plugin,
                                       cpt_error **error) {
  (void)host;
  return hand_over(plugin, CPT_KIND_SCALING_LAW, NULL, 0, &table, error);
}
