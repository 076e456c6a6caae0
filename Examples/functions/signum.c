#include <stdint.h>
// Bernstein et al., "signSGD", arXiv 1802.04434, algorithm 2, with decoupled weight decay:
// m = beta m + (1 - beta) g, then p = p - rate (sign(m) + decay p).
void signum(int64_t count, const float *gradient, float *parameter, float *momentum,
            float learning_rate, float beta, float weight_decay, int decays) {
  for (int64_t i = 0; i < count; i++) {
    momentum[i] = beta * momentum[i] + (1 - beta) * gradient[i];
    float sign = (momentum[i] > 0) - (momentum[i] < 0);
    parameter[i] -= learning_rate * (sign + (decays ? weight_decay * parameter[i] : 0));
  }
}
