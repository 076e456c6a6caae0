#include <math.h>
// L(N, D) = E + A / N^alpha + B / D^beta, with theta in that order: E, A, alpha, B, beta.
double power_law(double N, double D, const double *theta) {
  return theta[0] + theta[1] * pow(N, -theta[2]) + theta[3] * pow(D, -theta[4]);
}
