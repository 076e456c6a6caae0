// Holds the laws: the gradient is that of finite differences, the optimum a minimum.
#include "harness.h"

enum { COUNT = 5 };

static double loss(const cpt_scaling_law_table *table, void *law, const double *theta, double n,
                   double d, double *gradient) {
  const double *columns[] = {&n, &d};
  double result = NAN;
  cpt_error *error = NULL;
  need(table->evaluate(law, theta, columns, 1, &result, gradient, &error), error, "evaluate");
  return result;
}

int main(int count, char **arguments) {
  const cpt_scaling_law_table *table = open_plugin(count, arguments, CPT_KIND_SCALING_LAW);
  cpt_options options = options_of(NULL, 0);
  cpt_error *error = NULL;
  void *law = NULL;
  need(table->create(&options, &law, &error), error, "create");
  EXPECT(table->variable_count(law) == 2 && table->parameter_count(law) == COUNT);

  const double theta[COUNT] = {1.7, 400, 0.34, 410, 0.28};
  double gradient[COUNT];
  loss(table, law, theta, 1e7, 2e8, gradient);
  for (size_t index = 0; index < COUNT; index++) {
    // A step of 1e-5 of the parameter leaves an error of about 1e-10 of the derivative's size.
    double above[COUNT], below[COUNT], step = 1e-5 * theta[index];
    memcpy(above, theta, sizeof theta);
    memcpy(below, theta, sizeof theta);
    above[index] += step;
    below[index] -= step;
    double slope = (loss(table, law, above, 1e7, 2e8, NULL) -
                    loss(table, law, below, 1e7, 2e8, NULL)) / (2 * step);
    EXPECT(fabs(slope - gradient[index]) <= 1e-6 * fabs(slope));
  }

  double n = 0, d = 0, compute = 1e18;
  need(table->optimum(law, theta, compute, &n, &d, &error), error, "optimum");
  EXPECT(fabs(6 * n * d / compute - 1) < 1e-12);
  double best = loss(table, law, theta, n, d, NULL);
  EXPECT(best < loss(table, law, theta, n * 1.01, d / 1.01, NULL));
  EXPECT(best < loss(table, law, theta, n / 1.01, d * 1.01, NULL));

  const double flat[COUNT] = {1.7, 0, 0.34, 410, 0.28};
  EXPECT(refused(table->optimum(law, flat, compute, &n, &d, &error), CPT_UNSUPPORTED, &error));
  table->destroy(law);
  return end_of_test();
}
