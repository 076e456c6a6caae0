#include "worker_words.h"

#include <linux/futex.h>
#include <sched.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static inline void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static void wake(uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0); }

uint32_t worker_bell_rings(const worker_bell *bell) {
  return __atomic_load_n(&bell->rings, __ATOMIC_ACQUIRE);
}

// The order of the two accesses here, and of the two in the wait, is total: either the waiter sees
// the ring or the ringer sees the sleeper.
void worker_bell_ring(worker_bell *bell) {
  __atomic_fetch_add(&bell->rings, 1, __ATOMIC_SEQ_CST);
  worker_bell_nudge(bell);
}

void worker_bell_nudge(worker_bell *bell) {
  if (__atomic_load_n(&bell->sleepers, __ATOMIC_SEQ_CST)) wake(&bell->rings);
}

// Looking costs nothing where the other side has a core of its own: the first looks take some
// microseconds. Then the core is offered to others between looks, for about as long as it takes to wake
// a thread on a core that has gone idle: 20 to 30 microseconds in a virtual machine.
enum { LOOKS = 200, OFFERS = 40, LOOKS_AN_OFFER = 16 };

static int has_rung(const worker_bell *bell, uint32_t seen, int looks) {
  for (int look = 0; look < looks; look++) {
    if (worker_bell_rings(bell) != seen) return 1;
    pause_briefly();
  }
  return 0;
}

uint32_t worker_bell_wait(worker_bell *bell, uint32_t seen, int64_t nanoseconds) {
  if (has_rung(bell, seen, LOOKS)) return worker_bell_rings(bell);
  for (int offer = 0; offer < OFFERS; offer++) {
    sched_yield();
    if (has_rung(bell, seen, LOOKS_AN_OFFER)) return worker_bell_rings(bell);
  }
  __atomic_store_n(&bell->sleepers, 1, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&bell->rings, __ATOMIC_SEQ_CST) == seen) {
    struct timespec limit = {.tv_sec = nanoseconds / 1000000000,
                             .tv_nsec = nanoseconds % 1000000000};
    syscall(SYS_futex, &bell->rings, FUTEX_WAIT, seen, &limit, NULL, 0);
  }
  __atomic_store_n(&bell->sleepers, 0, __ATOMIC_SEQ_CST);
  return worker_bell_rings(bell);
}

uint32_t worker_word_load(const uint32_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }

void worker_word_store(uint32_t *word, uint32_t value) {
  __atomic_store_n(word, value, __ATOMIC_RELEASE);
}

void worker_word_increment(uint32_t *word) { __atomic_fetch_add(word, 1, __ATOMIC_ACQ_REL); }
