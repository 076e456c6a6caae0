#include "cpu_table.h"

#include <stddef.h>

extern const cpu_table cpu_table_baseline;
#if defined(__x86_64__)
extern const cpu_table cpu_table_avx2, cpu_table_avx512;
#endif

const cpu_table *cpu_table_for(cpu_instruction_set set) {
  switch (set) {
    case CPU_BASELINE: return &cpu_table_baseline;
#if defined(__x86_64__)
    case CPU_AVX2:
      if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &cpu_table_avx2;
      return NULL;
    case CPU_AVX512:
      if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
          __builtin_cpu_supports("fma")) {
        return &cpu_table_avx512;
      }
      return NULL;
#endif
    default: return NULL;
  }
}
