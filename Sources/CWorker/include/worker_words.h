// Words in memory that two processes share, and how one waits for the other to change them.
#ifndef WORKER_WORDS_H
#define WORKER_WORDS_H

#include <stdint.h>

// One side's place to announce that it has written something. It has a cache line of its own.
typedef struct worker_bell {
  uint32_t rings;     // counts up with each announcement
  uint32_t sleepers;  // 1 while the other side sleeps until the next one
  uint8_t padding[56];
} worker_bell;

// How often the bell has rung; whatever was written before the ring can be read after this.
uint32_t worker_bell_rings(const worker_bell *_Nonnull bell);

// Rings once, and wakes the other side if it sleeps.
void worker_bell_ring(worker_bell *_Nonnull bell);

// Wakes the other side without ringing, so that it looks around.
void worker_bell_nudge(worker_bell *_Nonnull bell);

// Waits until the bell has rung another number of times than `seen`: looks for some time, then
// sleeps at most `nanoseconds`. Returns the number of rings, which is `seen` if it only woke up.
uint32_t worker_bell_wait(worker_bell *_Nonnull bell, uint32_t seen, int64_t nanoseconds);

// A word that either side reads and one of them writes.
uint32_t worker_word_load(const uint32_t *_Nonnull word);
void worker_word_store(uint32_t *_Nonnull word, uint32_t value);
void worker_word_increment(uint32_t *_Nonnull word);

#endif
