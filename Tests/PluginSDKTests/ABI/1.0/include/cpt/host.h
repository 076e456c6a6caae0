// What the host offers to a plugin.
#ifndef CPT_HOST_H
#define CPT_HOST_H

#include "base.h"

typedef uint32_t cpt_log_level;
enum { CPT_LOG_DEBUG = 1, CPT_LOG_INFO = 2, CPT_LOG_WARNING = 3, CPT_LOG_ERROR = 4 };

// The host's services. Lives as long as the process; a plugin may keep the pointer. A member that is
// null is not offered: ask with CPT_HAS and do without. All functions [concurrent].
typedef struct cpt_host {
  size_t struct_size;
  uint32_t abi_major;
  uint32_t abi_minor;
  void *context;

  // Writes a line to the run's log, under the plugin's name.
  void (*log)(void *context, cpt_log_level level, cpt_text message);

  // Whether the user asked to stop: 1, else 0. Long calls (training a tokenizer, fitting) ask at
  // least every 100 ms, and then return CPT_CANCELLED with nothing half-done.
  int32_t (*is_cancelled)(void *context);

  // Reports how much of the current long call is done, in 0...1, with a few words.
  void (*progress)(void *context, double fraction, cpt_text message);

  // An optional extension by name, or null. Its table lives as long as the process.
  const void *(*extension)(void *context, cpt_text name);
} cpt_host;

#endif
