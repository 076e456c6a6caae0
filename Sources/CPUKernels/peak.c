#include "cpu_peak.h"

// Chains times lanes operations are under way at once. A processor hides the latency of them all if
// there are as many chains as units times cycles of latency: 2 times 4 or 5 for a fused operation,
// and as much again where a multiplication and an addition follow each other. The sums and the two
// constants fit into the 16 or 32 registers of each set. The chains begin at numbers that the
// compiler cannot know, lest it finds one that needs no computing.
#define MULTIPLY_ADD(name, lanes, chains, target)                              \
  target static int64_t name(int64_t rounds) {                                 \
    typedef float vector __attribute__((vector_size(lanes * sizeof(float))));  \
    const vector factor = (vector){} + 0.5f, addend = (vector){} + 1.0f;       \
    vector sums[chains], total = {};                                           \
    UNROLLED for (int i = 0; i < chains; i++) {                                \
      sums[i] = (vector){} + (float)(rounds + i);                              \
    }                                                                          \
    for (int64_t round = 0; round < rounds; round++) {                         \
      UNROLLED for (int i = 0; i < chains; i++) sums[i] = sums[i] * factor + addend; \
    }                                                                          \
    UNROLLED for (int i = 0; i < chains; i++) total += sums[i];                \
    volatile float kept = total[0]; /* lest the compiler leaves it all out */  \
    (void)kept;                                                                \
    return rounds * chains * lanes * 2;                                        \
  }
#define UNROLLED _Pragma("clang loop unroll(full)")

#if defined(__x86_64__)
MULTIPLY_ADD(multiply_add_baseline, 4, 12, )
MULTIPLY_ADD(multiply_add_avx2, 8, 12, __attribute__((target("avx2,fma"))))
MULTIPLY_ADD(multiply_add_avx512, 16, 16, __attribute__((target("avx512f,fma"))))
#else
MULTIPLY_ADD(multiply_add_baseline, 4, 16, )
#endif

int64_t cpu_multiply_add(cpu_instruction_set set, int64_t rounds) {
  switch (set) {
#if defined(__x86_64__)
    case CPU_AVX2: return multiply_add_avx2(rounds);
    case CPU_AVX512: return multiply_add_avx512(rounds);
#endif
    default: return multiply_add_baseline(rounds);
  }
}

uint64_t cpu_read_memory(const uint64_t *words, int64_t count) {
  uint64_t total = 0;
  for (int64_t i = 0; i < count; i++) total ^= words[i];
  return total;
}
