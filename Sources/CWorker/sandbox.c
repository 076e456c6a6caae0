#define _GNU_SOURCE
#include "worker_sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int worker_refuse_privileges(void) {
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno;
}

// Landlock as it is in newer kernels than the installed headers may be of: Documentation/userspace-api/
// landlock.rst of Linux has what each version added.
typedef struct ruleset_attributes {
  uint64_t files;
  uint64_t network;
  uint64_t scopes;
} ruleset_attributes;

enum {
  TRUNCATE = 1 << 14,
  DEVICE_CONTROL = 1 << 15,
  TCP_BIND_AND_CONNECT = 3,
  ABSTRACT_SOCKETS_AND_SIGNALS = 3
};

static const uint64_t writing =
    LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
    LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
    LANDLOCK_ACCESS_FS_MAKE_SYM;

static int allow(int rules, const char *path, uint64_t access) {
  int place = open(path, O_PATH | O_CLOEXEC);
  if (place < 0) return errno;
  struct landlock_path_beneath_attr beneath = {.allowed_access = access, .parent_fd = place};
  long failed = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
  int error = failed ? errno : 0;
  close(place);
  return error;
}

int worker_refuse_writing(const char *folder, int *version) {
  long known = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (known < 0) return errno;
  *version = (int)known;
  ruleset_attributes attributes = {.files = writing};
  size_t size = sizeof attributes.files;
  if (known >= 2) attributes.files |= LANDLOCK_ACCESS_FS_REFER;
  if (known >= 3) attributes.files |= TRUNCATE;
  if (known >= 4) {
    attributes.network = TCP_BIND_AND_CONNECT;
    size = offsetof(ruleset_attributes, scopes);
  }
  if (known >= 5) attributes.files |= DEVICE_CONTROL;
  if (known >= 6) {
    attributes.scopes = ABSTRACT_SOCKETS_AND_SIGNALS;
    size = sizeof attributes;
  }
  int rules = (int)syscall(SYS_landlock_create_ruleset, &attributes, size, 0);
  if (rules < 0) return errno;
  const uint64_t devices =
      LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK | DEVICE_CONTROL;
  int error = allow(rules, folder, attributes.files & ~devices);
  if (!error)
    error = allow(rules, "/dev/null",
                  attributes.files & (LANDLOCK_ACCESS_FS_WRITE_FILE | TRUNCATE));
  if (!error && syscall(SYS_landlock_restrict_self, rules, 0) != 0) error = errno;
  close(rules);
  return error;
}

#if defined(__x86_64__)
#define PROCESSOR AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define PROCESSOR AUDIT_ARCH_AARCH64
#endif

#ifdef PROCESSOR
#define REFUSE(name)                                      \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1), \
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES)

// An io_uring can make sockets; the others read or change a process that is not this one.
int worker_refuse_sockets(void) {
  struct sock_filter calls[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PROCESSOR, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
#ifdef __x86_64__
      // The same calls under the numbers of the x32 ABI.
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
#endif
      REFUSE(socket),
      REFUSE(io_uring_setup),
      REFUSE(ptrace),
      REFUSE(process_vm_readv),
      REFUSE(process_vm_writev),
      REFUSE(pidfd_getfd),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {.len = sizeof calls / sizeof *calls, .filter = calls};
  long failed = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
  return failed == 0 ? 0 : failed > 0 ? EBUSY : errno;
}
#else
int worker_refuse_sockets(void) { return ENOSYS; }
#endif
