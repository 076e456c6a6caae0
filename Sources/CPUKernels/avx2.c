#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "cpu_table.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define KERNELS cpu_table_avx2
#define PRODUCT_VECTORS 1
#define KERNELS_NAME "AVX2"
#include "body/table.h"

#pragma clang attribute pop
#endif
