#include "plugin_calls.h"

#include <stdatomic.h>
#include <stddef.h>

static _Thread_local plugin_call current;
static _Thread_local int is_prepared;
static _Atomic(void (*)(void)) preparation;

plugin_call plugin_call_exchange(plugin_call call) {
  if (!is_prepared) {
    void (*prepare)(void) = atomic_load_explicit(&preparation, memory_order_acquire);
    if (prepare) {
      is_prepared = 1;
      prepare();
    }
  }
  plugin_call before = current;
  current = call;
  return before;
}

plugin_call plugin_call_current(void) { return current; }

void plugin_call_prepare_threads(void (*prepare)(void)) {
  atomic_store_explicit(&preparation, prepare, memory_order_release);
}
