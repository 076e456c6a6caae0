// Threads that take numbered pieces of work.
#ifndef CPU_POOL_H
#define CPU_POOL_H

#include <stdint.h>

#pragma clang assume_nonnull begin

typedef struct cpu_pool cpu_pool;

/// One piece of work: the piece's number, and the number of the thread that runs it.
typedef void (*cpu_piece)(void *context, int64_t piece, int32_t thread);

/// Starts `threads - 1` threads; the caller of `cpu_pool_run` is the remaining one, number 0. Gives
/// NULL if the system refuses a thread.
cpu_pool *_Nullable cpu_pool_create(int32_t threads);

/// Ends the threads and frees the pool. No `cpu_pool_run` may be under way.
void cpu_pool_destroy(cpu_pool *pool);

/// Runs `body` once for each piece in `0..<pieces` and returns when all have ended. Each thread begins
/// with an equal part of the pieces, thread 0 with the first, and then takes what is left of the
/// others'. Calls from several threads at once take turns.
void cpu_pool_run(cpu_pool *pool, int64_t pieces, cpu_piece body, void *context);

/// Has the runs that follow take no more than `threads` threads, the caller's included. The others
/// sleep until they are allowed again. No `cpu_pool_run` may be under way.
void cpu_pool_allow(cpu_pool *pool, int32_t threads);

/// Makes the calling thread treat denormal numbers as zero; gives the mode it had before.
uint32_t cpu_flush_denormals(void);

/// Gives the calling thread back the mode that `cpu_flush_denormals` returned.
void cpu_restore_denormals(uint32_t mode);

#pragma clang assume_nonnull end

#endif
