// The identity record: what a plugin is, readable from the file before any of its code runs.
//
// It lies in the ELF section "cpt_plugin" and holds no pointers. Place it with CPT_PLUGIN_RECORD in
// exactly one C or C++ file of the library; other languages lay out the same 512 bytes.
#ifndef CPT_RECORD_H
#define CPT_RECORD_H

#include "base.h"

#define CPT_RECORD_SECTION "cpt_plugin"
#define CPT_RECORD_MAGIC {'C', 'P', 'T', 'P', 'L', 'U', 'G', '1'}

// How many threads may call an instance at once, as thread classes in cpt_plugin.h. It can only
// tighten what a function's own tag allows: a plugin declared CPT_CONCURRENCY_MAIN is never called
// from two threads.
enum {
  CPT_CONCURRENCY_MAIN = 1,
  CPT_CONCURRENCY_SERIAL = 2,
  CPT_CONCURRENCY_CONCURRENT = 3
};

// All text members are UTF-8, zero-padded, and end with at least one zero.
typedef struct cpt_record {
  char magic[8];
  uint32_t record_size;  // sizeof(cpt_record)
  uint16_t abi_major;
  uint16_t abi_minor;
  cpt_kind kind;
  uint32_t concurrency;
  char name[64];           // what a pipeline writes: lower-case letters, digits and hyphens
  char version[32];        // the plugin's own version, semantic versioning
  char entry[64];          // the symbol of the cpt_plugin_entry function
  char capabilities[128];  // names of optional extensions, separated by commas; may be empty
  char toolchain[160];     // the compiler, for the report
  char reserved[40];       // zero
} cpt_record;

#ifdef __cplusplus
#define CPT_RECORD_LINKAGE extern "C"
#define CPT_RECORD_DEFINITION extern  // a const of C++ is else private to its file
#else
#define CPT_RECORD_LINKAGE extern
#define CPT_RECORD_DEFINITION
#endif

// Defines the record. `retain` keeps it through --gc-sections; `strip` leaves it alone; `weak` lets a
// test link several plugins into one program.
#define CPT_PLUGIN_RECORD(kind_, concurrency_, name_, version_, entry_, capabilities_)   \
  CPT_RECORD_LINKAGE const cpt_record cpt_plugin_record;                                 \
  __attribute__((used, retain, weak, section(CPT_RECORD_SECTION), aligned(8),            \
                 visibility("default"))) CPT_RECORD_DEFINITION const cpt_record          \
      cpt_plugin_record = {                                                              \
      CPT_RECORD_MAGIC, sizeof(cpt_record), CPT_ABI_MAJOR, CPT_ABI_MINOR,                \
      kind_,            concurrency_,       name_,         version_,                     \
      entry_,           capabilities_,      __VERSION__,   {0}};

#endif
