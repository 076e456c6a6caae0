// Options: what a pipeline may write beside `plugin:`, declared so that the host can check and
// document a pipeline without running the plugin.
#ifndef CPT_OPTIONS_H
#define CPT_OPTIONS_H

#include "base.h"

typedef uint32_t cpt_option_type;
enum {
  CPT_OPTION_BOOLEAN = 1,  // `integer` is 0 or 1
  CPT_OPTION_INTEGER = 2,  // `integer`
  CPT_OPTION_REAL = 3,     // `real`; a pipeline may write 5% for 0.05
  CPT_OPTION_TEXT = 4,     // `text`
  CPT_OPTION_CHOICE = 5,   // `text`, one of `choices`
  CPT_OPTION_CORPUS = 6,   // `text`, the name of a corpus of the pipeline
  CPT_OPTION_SHARES = 7    // `names` and `shares`: a real for each of some corpora
};

// A value. Only the members of its type are meaningful.
typedef struct cpt_option_value {
  size_t struct_size;
  cpt_text name;
  cpt_option_type type;
  int64_t integer;
  double real;
  cpt_text text;
  const cpt_text *names;  // [nullable if share_count is 0]
  const double *shares;   // [nullable if share_count is 0]
  size_t share_count;
} cpt_option_value;

typedef uint32_t cpt_option_presence;
enum {
  CPT_OPTION_REQUIRED = 1,  // a pipeline without it is refused
  CPT_OPTION_OPTIONAL = 2,  // may be absent; the plugin is then not given it
  CPT_OPTION_DEFAULTED = 3  // the host fills in `default_value`
};

// A declaration. Lives as long as the library (static data).
typedef struct cpt_option {
  size_t struct_size;
  cpt_text name;  // as in the pipeline: lower-case words joined by underscores
  cpt_option_type type;
  cpt_option_presence presence;
  const cpt_option_value *default_value;  // [nullable unless CPT_OPTION_DEFAULTED]
  double minimum;  // inclusive bounds of integers, reals and each share; -INFINITY and INFINITY
  double maximum;  //   where there is none
  const cpt_text *choices;  // [nullable unless CPT_OPTION_CHOICE]
  size_t choice_count;
  cpt_text help;  // one line
} cpt_option;

// The values for one instance: every required and defaulted option and those optional ones that
// were written, each once, checked against its declaration. Elements are `stride` bytes apart.
typedef struct cpt_options {
  size_t struct_size;
  const cpt_option_value *values;  // [nullable if count is 0]
  size_t count;
  size_t stride;
} cpt_options;

#endif
