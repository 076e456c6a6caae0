#include "cpu_pool.h"

#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// How often a waiting thread looks before it sleeps: for about a millisecond, longer than phases of a
// step differ, because waking a thread takes long on a virtual machine. Where there are more threads
// than cores it makes room at once.
enum { patient_spins = 40000, impatient_spins = 100 };

enum { piece_bits = 32 };
static const uint64_t piece_mask = (UINT64_C(1) << piece_bits) - 1;

// A thread, and the pieces of a job that it begins with. Pieces of one number mostly work on the same
// rows in one job after the other; so they find in the thread's own cache what it has put there.
//
// The word says which job, and the next piece of it. A piece is taken by adding 1 to the very word
// that was read, so that what was read of the job in between is that job's; the caller closes the
// words before it changes a job. Nobody waits for a thread that has taken no piece.
typedef struct {
  _Alignas(64) _Atomic uint64_t word;
  _Atomic uint64_t end;  // of its pieces
  pthread_t handle;      // unless it is the caller
} pool_thread;

struct cpu_pool {
  pthread_mutex_t turn;
  _Atomic(cpu_piece) body;
  _Atomic(void *) context;
  uint64_t job;  // the number of the last one
  _Alignas(64) _Atomic uint32_t remaining;  // pieces that have not ended
  _Alignas(64) _Atomic uint32_t generation;
  _Atomic int32_t sleepers;
  _Atomic int32_t ending;
  _Alignas(64) _Atomic uint32_t allowed;  // threads that may take pieces, the caller's included
  int32_t workers;
  int32_t spins;
  pool_thread threads[];
};

typedef struct {
  cpu_pool *pool;
  int32_t thread;
} worker_start;

static inline void relax(void) {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static void sleep_while(_Atomic uint32_t *word, uint32_t value) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void wake_all(_Atomic uint32_t *word) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1 << 30, NULL, NULL, 0);
}

// A thread that waited for a job while it was allowed comes to jobs of fewer threads too.
static void take_pieces_of(cpu_pool *pool, int32_t owner, int32_t thread) {
  pool_thread *own = &pool->threads[owner];
  for (;;) {
    uint64_t word = atomic_load_explicit(&own->word, memory_order_acquire);
    cpu_piece body = atomic_load_explicit(&pool->body, memory_order_relaxed);
    void *context = atomic_load_explicit(&pool->context, memory_order_relaxed);
    uint64_t end = atomic_load_explicit(&own->end, memory_order_relaxed);
    uint32_t allowed = atomic_load_explicit(&pool->allowed, memory_order_relaxed);
    if ((word & piece_mask) >= end || (uint32_t)thread >= allowed) return;
    atomic_thread_fence(memory_order_acquire);
    if (!atomic_compare_exchange_strong(&own->word, &word, word + 1)) continue;
    body(context, (int64_t)(word & piece_mask), thread);
    if (atomic_fetch_sub(&pool->remaining, 1) == 1) wake_all(&pool->remaining);
  }
}

// A thread that is done with its own pieces takes those that others have not come to.
static void take_pieces(cpu_pool *pool, int32_t thread) {
  int32_t threads = pool->workers + 1;
  for (int32_t i = 0; i < threads; i++) take_pieces_of(pool, (thread + i) % threads, thread);
}

// Gives each thread that may take pieces as many as the others.
static void start_job(cpu_pool *pool, int64_t pieces, cpu_piece body, void *context) {
  int32_t threads = pool->workers + 1;
  uint64_t job = ++pool->job << piece_bits;
  for (int32_t i = 0; i < threads; i++) atomic_store(&pool->threads[i].word, job | piece_mask);
  atomic_store(&pool->body, body);
  atomic_store(&pool->context, context);
  atomic_store(&pool->remaining, (uint32_t)pieces);
  uint64_t parts = atomic_load(&pool->allowed);
  uint64_t first = 0;
  for (uint64_t i = 0; i < parts; i++) {
    uint64_t end = (uint64_t)pieces * (i + 1) / parts;
    atomic_store(&pool->threads[i].end, end);
    atomic_store(&pool->threads[i].word, job | first);
    first = end;
  }
}

static void *work(void *start) {
  worker_start mine = *(worker_start *)start;
  free(start);
  cpu_pool *pool = mine.pool;
  cpu_flush_denormals();
  uint32_t seen = 0;
  for (;;) {
    uint32_t allowed;
    while ((allowed = atomic_load(&pool->allowed)) <= (uint32_t)mine.thread) {
      sleep_while(&pool->allowed, allowed);
    }
    uint32_t generation;
    int32_t looked = 0;
    while ((generation = atomic_load_explicit(&pool->generation, memory_order_acquire)) == seen) {
      if (++looked < pool->spins) {
        relax();
        continue;
      }
      atomic_fetch_add(&pool->sleepers, 1);
      if (atomic_load(&pool->generation) == seen) sleep_while(&pool->generation, seen);
      atomic_fetch_sub(&pool->sleepers, 1);
    }
    seen = generation;
    if (atomic_load_explicit(&pool->ending, memory_order_acquire)) return NULL;
    take_pieces(pool, mine.thread);
  }
}

static void start_generation(cpu_pool *pool) {
  atomic_fetch_add(&pool->generation, 1);
  if (atomic_load(&pool->sleepers) > 0) wake_all(&pool->generation);
}

cpu_pool *cpu_pool_create(int32_t threads) {
  size_t size = sizeof(cpu_pool) + (size_t)threads * sizeof(pool_thread);
  cpu_pool *pool = aligned_alloc(64, (size + 63) / 64 * 64);
  if (!pool) return NULL;
  pthread_mutex_init(&pool->turn, NULL);
  atomic_init(&pool->body, NULL);
  atomic_init(&pool->context, NULL);
  pool->job = 0;
  atomic_init(&pool->remaining, 0);
  atomic_init(&pool->generation, 0);
  atomic_init(&pool->sleepers, 0);
  atomic_init(&pool->ending, 0);
  atomic_init(&pool->allowed, (uint32_t)threads);
  pool->workers = 0;
  bool has_cores = threads <= sysconf(_SC_NPROCESSORS_ONLN);
  pool->spins = has_cores ? patient_spins : impatient_spins;
  for (int32_t i = 0; i < threads; i++) {
    atomic_init(&pool->threads[i].word, piece_mask);
    atomic_init(&pool->threads[i].end, 0);
  }
  for (int32_t i = 1; i < threads; i++) {
    worker_start *start = malloc(sizeof *start);
    if (start) {
      *start = (worker_start){pool, i};
      if (pthread_create(&pool->threads[i].handle, NULL, work, start) == 0) {
        pool->workers += 1;
        continue;
      }
      free(start);
    }
    cpu_pool_destroy(pool);
    return NULL;
  }
  return pool;
}

void cpu_pool_destroy(cpu_pool *pool) {
  atomic_store(&pool->ending, 1);
  cpu_pool_allow(pool, pool->workers + 1);
  start_generation(pool);
  for (int32_t i = 1; i <= pool->workers; i++) pthread_join(pool->threads[i].handle, NULL);
  pthread_mutex_destroy(&pool->turn);
  free(pool);
}

void cpu_pool_allow(cpu_pool *pool, int32_t threads) {
  if (atomic_exchange(&pool->allowed, (uint32_t)threads) != (uint32_t)threads) {
    wake_all(&pool->allowed);
  }
}

void cpu_pool_run(cpu_pool *pool, int64_t pieces, cpu_piece body, void *context) {
  if (pieces <= 1 || pool->workers == 0 || atomic_load(&pool->allowed) <= 1) {
    for (int64_t piece = 0; piece < pieces; piece++) body(context, piece, 0);
    return;
  }
  pthread_mutex_lock(&pool->turn);
  start_job(pool, pieces, body, context);
  start_generation(pool);
  take_pieces(pool, 0);
  int32_t looked = 0;
  uint32_t remaining;
  while ((remaining = atomic_load_explicit(&pool->remaining, memory_order_acquire)) != 0) {
    if (++looked < pool->spins) {
      relax();
    } else {
      sleep_while(&pool->remaining, remaining);
    }
  }
  pthread_mutex_unlock(&pool->turn);
}

uint32_t cpu_flush_denormals(void) {
#if defined(__x86_64__)
  uint32_t mode = _mm_getcsr();
  _mm_setcsr(mode | 0x8040);  // flush to zero, denormals are zero
  return mode;
#elif defined(__aarch64__)
  uint64_t mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  __asm__ volatile("msr fpcr, %0" : : "r"(mode | (UINT64_C(1) << 24)));
  return (uint32_t)mode;
#else
  return 0;
#endif
}

void cpu_restore_denormals(uint32_t mode) {
#if defined(__x86_64__)
  _mm_setcsr(mode);
#elif defined(__aarch64__)
  __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)mode));
#else
  (void)mode;
#endif
}
