// Arithmetic on float32 buffers for the CPU engine.
//
// Every kernel is pure in its arguments: it allocates nothing, keeps nothing, and sums in an order
// that they fix. Buffers are row-major and belong to the caller; `_Nullable` ones may be
// NULL where the comment says so. Each function may be called from any thread and runs on it alone.
#ifndef CPU_KERNELS_H
#define CPU_KERNELS_H

#include "cpu_peak.h"
#include "cpu_pool.h"
#include "cpu_table.h"
#include "cpu_tape.h"

#endif
