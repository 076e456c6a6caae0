// What every other header needs: the version, text and bytes, status codes and error objects.
#ifndef CPT_BASE_H
#define CPT_BASE_H

#include <stddef.h>
#include <stdint.h>

// The major number changes when an old plugin can no longer work; the host refuses any other. The
// minor number counts additions at the end of structs; either side may be the older one.
#define CPT_ABI_MAJOR 1
#define CPT_ABI_MINOR 0

// Whether a size-prefixed struct is large enough to hold a member, and the member is set.
#define CPT_HAS(pointer, member)                                                         \
  ((pointer)->struct_size >=                                                             \
       offsetof(__typeof__(*(pointer)), member) + sizeof((pointer)->member) &&           \
   (pointer)->member)

// UTF-8 text. Never zero-terminated; `data` may be null only if `length` is 0.
typedef struct cpt_text {
  const char *data;
  size_t length;
} cpt_text;

// The kinds of plugin.
typedef uint32_t cpt_kind;
enum {
  CPT_KIND_TOKENIZER = 1,
  CPT_KIND_ARCHITECTURE = 2,
  CPT_KIND_OPTIMIZER = 3,
  CPT_KIND_DATA_MIXER = 4,
  CPT_KIND_SCALING_LAW = 5
  // 6 is a learning-rate schedule, which only a function manifest binds: no library has this kind.
};

// The outcome of a call. This list is closed for major version 1: a code outside it is read as
// CPT_UNKNOWN.
typedef int32_t cpt_status;
enum {
  CPT_OK = 0,
  CPT_INVALID_ARGUMENT = 1,  // an option, shape or value that this plugin cannot take
  CPT_UNSUPPORTED = 2,       // a well-formed request that this plugin does not offer
  CPT_OUT_OF_MEMORY = 3,
  CPT_CANCELLED = 4,         // the host asked for it (cpt_host.is_cancelled)
  CPT_BUFFER_TOO_SMALL = 5,  // the caller's buffer is too small; the needed size is reported
  CPT_CORRUPT_DATA = 6,      // a saved model that cannot be read back
  CPT_INTERNAL = 7,          // the plugin's own mistake
  CPT_UNKNOWN = 8
};

// What went wrong, in words for the person who runs the pipeline: what is wrong, what is allowed,
// how to mend it. Made by the side that failed; the receiver calls `release` once, from any thread,
// and touches nothing of it afterwards. `message` lives as long as the object.
typedef struct cpt_error {
  size_t struct_size;
  cpt_status status;
  cpt_text message;
  void *context;  // [nullable] the maker's own
  void (*release)(struct cpt_error *error);
} cpt_error;

// Where the receiver wants bytes. `write` may be called any number of times with consecutive parts;
// it copies them before it returns. A status other than CPT_OK must be returned on unchanged.
typedef struct cpt_byte_sink {
  size_t struct_size;
  void *context;
  cpt_status (*write)(void *context, const uint8_t *bytes, size_t count);
} cpt_byte_sink;

#endif
