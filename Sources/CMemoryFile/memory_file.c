#define _GNU_SOURCE
#include "memory_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

// Known to Linux 6.3 and later; older ones refuse the flags and let every such file be run.
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

int cpt_memory_file_make(const char *name, enum cpt_memory_use use) {
  const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  int descriptor =
      memfd_create(name, flags | (use == CPT_MEMORY_PROGRAM ? MFD_EXEC : MFD_NOEXEC_SEAL));
  if (descriptor < 0 && errno == EINVAL) descriptor = memfd_create(name, flags);
  return descriptor;
}

int cpt_memory_file_resize(int descriptor, uint64_t size) {
  return ftruncate(descriptor, (off_t)size);
}

int cpt_memory_file_seal(int descriptor) {
  return fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
}
