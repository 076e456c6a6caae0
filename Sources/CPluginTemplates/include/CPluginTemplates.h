// The files that `cpt-host plugins new` writes, embedded so that the host needs no source tree.
#ifndef C_PLUGIN_TEMPLATES_H
#define C_PLUGIN_TEMPLATES_H

#include <stddef.h>

// A file: its path below Templates, or include/... for a header of the plugin ABI, and its text, which
// ends with a zero. Lives as long as the process.
typedef struct cpt_template {
  const char *path;
  const unsigned char *text;
} cpt_template;

// All of them; stores their number.
const cpt_template *cpt_templates(size_t *count);

#endif
