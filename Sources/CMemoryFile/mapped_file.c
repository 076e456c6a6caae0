#define _GNU_SOURCE
#include "memory_file.h"

#include <sys/ioctl.h>

// struct procmap_query and PROCMAP_QUERY of linux/fs.h since Linux 6.11, which older headers lack.
struct mapping_query {
  uint64_t size;
  uint64_t flags;  // 0: the mapping that holds the address, and no other
  uint64_t address;
  uint64_t start;
  uint64_t end;
  uint64_t permissions;
  uint64_t page_size;
  uint64_t offset;
  uint64_t inode;
  uint32_t device_major;
  uint32_t device_minor;
  uint32_t name_size;
  uint32_t build_id_size;
  uint64_t name_address;
  uint64_t build_id_address;
};

_Static_assert(sizeof(struct mapping_query) == 104, "the kernel's layout");

int cpt_mapped_file_at(int maps, uint64_t address, struct cpt_mapped_file *file) {
  struct mapping_query query = {.size = sizeof query, .address = address};
  if (ioctl(maps, _IOWR('f', 17, struct mapping_query), &query) < 0) return -1;
  file->device_major = query.device_major;
  file->device_minor = query.device_minor;
  file->inode = query.inode;
  return 0;
}
