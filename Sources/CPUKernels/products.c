#include "cpu_products.h"

#include <cblas.h>

void cpu_products_use_one_thread(void) { openblas_set_num_threads(1); }

const char *cpu_products_core(void) { return openblas_get_corename(); }

void cpu_product(
    bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, float scale,
    const float *a, int64_t stride_a, const float *b, int64_t stride_b, float keep, float *c,
    int64_t stride_c) {
  cblas_sgemm(
      CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
      transpose_b ? CblasTrans : CblasNoTrans, (blasint)m, (blasint)n, (blasint)k, scale, a,
      (blasint)stride_a, b, (blasint)stride_b, keep, c, (blasint)stride_c);
}
