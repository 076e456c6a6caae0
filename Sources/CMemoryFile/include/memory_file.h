// Files in memory, closed by exec, and which files are mapped. Linux only, and a header of its own
// because glibc shows these calls only to those who ask for GNU extensions before anything else.
//
// Each function returns -1 with errno if it fails.
#ifndef CPT_MEMORY_FILE_H
#define CPT_MEMORY_FILE_H

#include <stdint.h>

// What a file in memory is for.
enum cpt_memory_use {
  CPT_MEMORY_SHARED,   // to be mapped by several processes, and never run
  CPT_MEMORY_PROGRAM,  // to be filled, sealed and run
};

// Makes an empty file; `name` is what it is called in /proc/self/maps. Returns its descriptor.
int cpt_memory_file_make(const char *_Nonnull name, enum cpt_memory_use use);

// Makes the file so large, all zero; pages exist once they are written. Returns 0.
int cpt_memory_file_resize(int descriptor, uint64_t size);

// Makes the file's bytes and size unchangeable for everybody, for good. Returns 0.
int cpt_memory_file_seal(int descriptor);

// A file as /proc/self/maps names it, not always as fstat does. All zero for memory without a file.
struct cpt_mapped_file {
  uint32_t device_major;
  uint32_t device_minor;
  uint64_t inode;
};

// Asks what is mapped at an address; `maps` is a descriptor of /proc/self/maps. Returns 0. It fails with
// ENOENT where nothing is mapped, and with ENOTTY before Linux 6.11, where the list must be read.
int cpt_mapped_file_at(int maps, uint64_t address, struct cpt_mapped_file *_Nonnull file);

#endif
