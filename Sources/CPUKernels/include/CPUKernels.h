// Arithmetic on float32 buffers for the CPU engine.
//
// Every kernel is pure in its arguments: it allocates nothing, keeps nothing, and sums in an order
// that they fix. Buffers are row-major and belong to the caller; `_Nullable` ones may be
// NULL where the comment says so. Each function may be called from any thread; `cpu_product` runs
// on the calling thread alone once `cpu_products_use_one_thread` has been called.
#ifndef CPU_KERNELS_H
#define CPU_KERNELS_H

#include "cpu_peak.h"
#include "cpu_pool.h"
#include "cpu_products.h"
#include "cpu_table.h"
#include "cpu_tape.h"

#endif
