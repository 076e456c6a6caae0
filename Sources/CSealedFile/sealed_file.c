#define _GNU_SOURCE
#include "sealed_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

// Known to Linux 6.3 and later; older ones refuse the flag and let every such file be run.
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

int cpt_memory_file_make(const char *name) {
  const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  int descriptor = memfd_create(name, flags | MFD_EXEC);
  if (descriptor < 0 && errno == EINVAL) descriptor = memfd_create(name, flags);
  return descriptor;
}

int cpt_memory_file_seal(int descriptor) {
  return fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
}
