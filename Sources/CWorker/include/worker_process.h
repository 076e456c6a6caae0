// Starting a worker and tying its life to its host's.
#ifndef WORKER_PROCESS_H
#define WORKER_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

// The descriptors that a worker inherits beside the standard ones.
enum {
  WORKER_MEMORY_DESCRIPTOR = 3,  // the shared memory
  WORKER_NOTES_DESCRIPTOR = 4,   // a socket for log lines and progress
  WORKER_LIBRARY_DESCRIPTOR = 5  // the plugin's file
};

// The descriptors in the process that starts a worker, whatever their numbers are there.
typedef struct worker_descriptors {
  int memory;
  int notes;
  int library;
} worker_descriptors;

// Makes two connected sockets that carry whole messages; both are closed on exec.
int worker_notes_create(int *_Nonnull host, int *_Nonnull worker);

// Starts a program that inherits the descriptors and nothing else of the host's but standard
// error: nothing can be read from standard input, and standard output is standard error. It leads a
// process group of its own, so that a key pressed for the host does not end it, and has no signal
// blocked or ignored.
int worker_spawn(const char *_Nonnull program, char *_Nullable const *_Nonnull arguments,
                 char *_Nullable const *_Nonnull environment, worker_descriptors descriptors,
                 pid_t *_Nonnull process);

// Waits until a child has ended, without reaping it.
int worker_await_end(pid_t process);

// Ends a child and every process of its group, at once.
void worker_end(pid_t process);

// Reaps a child that has ended; stores how, as waitpid does, and the most memory that it held.
int worker_reap(pid_t process, int *_Nonnull status, uint64_t *_Nonnull peak_bytes);

// How a status of waitpid is read: the exit status, or -1; the signal that ended it, or 0.
int worker_exit_status(int status);
int worker_signal(int status);

// The name of a signal without its SIG, or null if it has none. Lives for ever.
const char *_Nullable worker_signal_name(int signal);

// In the worker: has the kernel end this process when its parent ends, and fails with ESRCH if the
// parent has ended already.
int worker_follow_parent(pid_t parent);

// In the worker: the most bytes of memory of its own that it may ask for.
int worker_limit_memory(uint64_t bytes);

#endif
