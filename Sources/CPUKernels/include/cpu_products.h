// Matrix products: the seam to BLAS.
#ifndef CPU_PRODUCTS_H
#define CPU_PRODUCTS_H

#include <stdbool.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// Makes BLAS run each product on the thread that asks for it. Called once, before any product.
void cpu_products_use_one_thread(void);

/// The name of the core that BLAS chose its kernels for; the string lives for ever.
const char *cpu_products_core(void);

/// c [m, n] = scale * a b + keep * c, where a is [m, k] (stored [k, m] if `transpose_a`), b is
/// [k, n] (stored [n, k] if `transpose_b`) and the strides are elements from stored row to row.
/// Where `keep` is 0, c is not read.
void cpu_product(
    bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, float scale,
    const float *a, int64_t stride_a, const float *b, int64_t stride_b, float keep, float *c,
    int64_t stride_c);

#pragma clang assume_nonnull end

#endif
