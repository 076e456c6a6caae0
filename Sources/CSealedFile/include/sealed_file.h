// Files in memory that nobody can change once they are sealed. Linux only, and a header of its own
// because glibc shows these calls only to those who ask for GNU extensions before anything else.
#ifndef CPT_SEALED_FILE_H
#define CPT_SEALED_FILE_H

// Makes an empty file in memory, closed by exec, whose pages may be run; `name` is what it is called
// in /proc/self/maps. Returns its descriptor, or -1 with errno.
int cpt_memory_file_make(const char *name);

// Makes the file's bytes and size unchangeable for everybody, for good. Returns 0, or -1 with errno.
int cpt_memory_file_seal(int descriptor);

#endif
