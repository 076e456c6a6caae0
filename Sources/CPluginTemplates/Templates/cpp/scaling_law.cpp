// A power law in the number of parameters N and of training tokens D:
//
//     L(N, D) = E + A / N^alpha + B / D^beta
//
// after Hoffmann et al., arXiv 2203.15556, section 3.3.

#include "boundary.hpp"

#include <array>
#include <cmath>

CPT_PLUGIN_RECORD(CPT_KIND_SCALING_LAW, CPT_CONCURRENCY_CONCURRENT, "example-plugin", "0.1.0",
                  "example_plugin_entry", "")

namespace {

// The coefficients, in the order of theta.
struct Theta {
  double E, A, alpha, B, beta;

  explicit Theta(const double *theta)
      : E(theta[0]), A(theta[1]), alpha(theta[2]), B(theta[3]), beta(theta[4]) {}
};

constexpr cpt_law_parameter coefficient(std::string_view name, double upper) {
  return {sizeof(cpt_law_parameter), text(name), CPT_LAW_COEFFICIENT, 0, upper, text("nats")};
}

constexpr cpt_law_parameter exponent(std::string_view name) {
  return {sizeof(cpt_law_parameter), text(name), CPT_LAW_EXPONENT, 0.03, 1.5, text("1")};
}

constexpr std::array parameters = {coefficient("E", 100), coefficient("A", 1e30), exponent("alpha"),
                               coefficient("B", 1e30), exponent("beta")};
constexpr std::array<std::string_view, 2> variables = {"N", "D"};

// The loss at one point, and with `gradient` its derivative by each parameter.
double predict(const Theta &theta, double n, double d, double *gradient) {
  double log_n = std::log(n), log_d = std::log(d);
  double size_term = std::exp(-theta.alpha * log_n), data_term = std::exp(-theta.beta * log_d);
  if (gradient) {
    gradient[0] = 1;
    gradient[1] = size_term;
    gradient[2] = -theta.A * size_term * log_n;
    gradient[3] = data_term;
    gradient[4] = -theta.B * data_term * log_d;
  }
  return theta.E + theta.A * size_term + theta.B * data_term;
}

// Where dL/dN = 0 along D = compute / 6 N (equation 4 of the paper).
void optimize(const Theta &theta, double compute, double &n, double &d) {
  if (!(compute > 0) || std::isinf(compute))
    throw Failure{CPT_INVALID_ARGUMENT, "compute is " + std::to_string(compute) +
                                            " FLOPs; it must be above 0"};
  if (!(theta.A > 0 && theta.B > 0 && theta.alpha > 0 && theta.beta > 0))
    throw Failure{CPT_UNSUPPORTED,
                  "there is no best size unless A, alpha, B and beta are all above 0; they are " +
                      std::to_string(theta.A) + ", " + std::to_string(theta.alpha) + ", " +
                      std::to_string(theta.B) + " and " + std::to_string(theta.beta)};
  double sum = theta.alpha + theta.beta;
  double log_scale =
      (std::log(theta.alpha) + std::log(theta.A) - std::log(theta.beta) - std::log(theta.B)) / sum;
  double log_product = std::log(compute / 6);
  double log_n = log_scale + theta.beta / sum * log_product;
  n = std::exp(log_n);
  d = std::exp(log_product - log_n);
}

// A law has no state; its instance is this byte.
char only_instance;

const cpt_scaling_law_table table = {
    .struct_size = sizeof table,
    .create = [](const cpt_options *, void **instance, cpt_error **) -> cpt_status {
      *instance = &only_instance;
      return CPT_OK;
    },
    .variable_count = [](void *) { return variables.size(); },
    .variable = [](void *, size_t index) {
      return index < variables.size() ? text(variables[index]) : cpt_text{};
    },
    .parameter_count = [](void *) { return parameters.size(); },
    .parameter = [](void *, size_t index, cpt_law_parameter *parameter, cpt_error **error) {
      return guarded(error, [&] {
        if (index >= parameters.size())
          throw Failure{CPT_INVALID_ARGUMENT,
                        "there is no parameter " + std::to_string(index) + "; there are " +
                            std::to_string(parameters.size())};
        *parameter = parameters[index];
      });
    },
    .evaluate = [](void *, const double *theta, const double *const *columns, size_t count,
                   double *losses, double *gradients, cpt_error **error) {
      return guarded(error, [&] {
        for (size_t point = 0; point < count; ++point)
          losses[point] = predict(Theta(theta), columns[0][point], columns[1][point],
                                  gradients ? gradients + point * parameters.size() : nullptr);
      });
    },
    .optimum = [](void *, const double *theta, double compute, double *n, double *d,
                  cpt_error **error) {
      return guarded(error, [&] { optimize(Theta(theta), compute, *n, *d); });
    },
    .destroy = [](void *) {},
};

}  // namespace

EXPORT cpt_status example_plugin_entry(const cpt_host *, cpt_plugin *plugin, cpt_error **error) {
  return hand_over(plugin, CPT_KIND_SCALING_LAW, nullptr, 0, &table, error);
}
