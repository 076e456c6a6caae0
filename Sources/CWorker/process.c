#define _GNU_SOURCE
#include "worker_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int worker_notes_create(int *host, int *worker) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return errno;
  *host = ends[0];
  *worker = ends[1];
  return 0;
}

// Descriptors below this are overwritten in the child before those that it inherits are in place.
enum { FIRST_SAFE_DESCRIPTOR = 10 };

static int prepare(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes,
                   worker_descriptors moved) {
  int error = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
  if (!error) error = posix_spawn_file_actions_adddup2(actions, 2, 1);
  if (!error)
    error = posix_spawn_file_actions_adddup2(actions, moved.memory, WORKER_MEMORY_DESCRIPTOR);
  if (!error)
    error = posix_spawn_file_actions_adddup2(actions, moved.notes, WORKER_NOTES_DESCRIPTOR);
  if (!error)
    error = posix_spawn_file_actions_adddup2(actions, moved.library, WORKER_LIBRARY_DESCRIPTOR);
  if (!error)
    error = posix_spawn_file_actions_addclosefrom_np(actions, WORKER_LIBRARY_DESCRIPTOR + 1);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  if (!error) error = posix_spawnattr_setsigmask(attributes, &none);
  if (!error) error = posix_spawnattr_setsigdefault(attributes, &all);
  if (!error) error = posix_spawnattr_setpgroup(attributes, 0);
  if (!error)
    error = posix_spawnattr_setflags(
        attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  return error;
}

static int spawn_moved(const char *program, char *const *arguments, char *const *environment,
                       worker_descriptors moved, pid_t *process) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int error = posix_spawn_file_actions_init(&actions);
  if (error) return error;
  error = posix_spawnattr_init(&attributes);
  if (!error) {
    error = prepare(&actions, &attributes, moved);
    if (!error) error = posix_spawn(process, program, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

static int moved_up(int descriptor) {
  return fcntl(descriptor, F_DUPFD_CLOEXEC, FIRST_SAFE_DESCRIPTOR);
}

int worker_spawn(const char *program, char *const *arguments, char *const *environment,
                 worker_descriptors descriptors, pid_t *process) {
  worker_descriptors moved = {moved_up(descriptors.memory), moved_up(descriptors.notes),
                              moved_up(descriptors.library)};
  int error = errno;
  if (moved.memory >= 0 && moved.notes >= 0 && moved.library >= 0)
    error = spawn_moved(program, arguments, environment, moved, process);
  if (moved.memory >= 0) close(moved.memory);
  if (moved.notes >= 0) close(moved.notes);
  if (moved.library >= 0) close(moved.library);
  return error;
}

int worker_await_end(pid_t process) {
  siginfo_t info;
  while (waitid(P_PID, (id_t)process, &info, WEXITED | WNOWAIT) != 0)
    if (errno != EINTR) return errno;
  return 0;
}

void worker_end(pid_t process) {
  kill(-process, SIGKILL);
  kill(process, SIGKILL);
}

int worker_reap(pid_t process, int *status, uint64_t *peak_bytes) {
  struct rusage usage;
  while (wait4(process, status, 0, &usage) < 0)
    if (errno != EINTR) return errno;
  *peak_bytes = (uint64_t)usage.ru_maxrss * 1024;
  return 0;
}

int worker_exit_status(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : -1; }

int worker_signal(int status) { return WIFSIGNALED(status) ? WTERMSIG(status) : 0; }

const char *worker_signal_name(int signal) { return sigabbrev_np(signal); }

int worker_follow_parent(pid_t parent) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return errno;
  return getppid() == parent ? 0 : ESRCH;
}

int worker_limit_memory(uint64_t bytes) {
  struct rlimit limit = {.rlim_cur = bytes, .rlim_max = bytes};
  return setrlimit(RLIMIT_DATA, &limit) == 0 ? 0 : errno;
}
