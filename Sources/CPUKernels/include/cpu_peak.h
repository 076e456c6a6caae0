// What the machine can do at most: loops whose speed is measured.
#ifndef CPU_PEAK_H
#define CPU_PEAK_H

#include <stdint.h>

#include "cpu_table.h"

#pragma clang assume_nonnull begin

/// Multiplies and adds float32 numbers that stay in registers, in chains enough to keep every unit of
/// the processor busy, with the instructions of a set that `cpu_table_for` gives kernels for. Gives
/// the operations done, a multiplication and an addition being two.
int64_t cpu_multiply_add(cpu_instruction_set set, int64_t rounds);

/// Reads memory; gives the exclusive or of its 8-byte words.
uint64_t cpu_read_memory(const uint64_t *words, int64_t count);

#pragma clang assume_nonnull end

#endif
