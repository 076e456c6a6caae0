// Which function of which plugin each thread is in: for whoever reports a crash, and for a caller who
// must be in a plugin alone.
//
// Noting a call is four stores to the thread's own memory, without a locked instruction or a fence.
// Whoever wants to be alone pays instead: it has the kernel run a barrier on every processor
// (membarrier), after which each thread has either been seen in the plugin or sees that it is closed.
#ifndef PLUGIN_CALLS_H
#define PLUGIN_CALLS_H

// Each library has threads' notes of its own: those of a plugin never stand for those of the host.
#define PLUGIN_CALLS_HIDDEN __attribute__((visibility("hidden")))

// A plugin as a report names it. Lives as long as any note that points to it.
typedef struct plugin_call_subject {
  const char *name;
  const char *kind;
  const char *version;
  const char *path;   // [nullable] the file, if it has one
  const void *entry;  // [nullable] an address in its code

  // For the functions below; zero, and then plugin_call_subject_prepare.
  int gate;                  // PLUGIN_CALLS_ASK, PLUGIN_CALLS_WAIT or neither
  unsigned end_count;        // calls that ended while others had to wait
  const void *alone_thread;  // [nullable] the thread that the others wait for
} plugin_call_subject;

enum {
  PLUGIN_CALLS_ASK = 1,  // every caller asks somebody else whether it may go on
  PLUGIN_CALLS_WAIT = 2  // a thread is in the plugin alone, or waits until it is
};

// A call.
typedef struct plugin_call {
  plugin_call_subject *plugin;  // null or PLUGIN_CALL_FREE outside of any
  const char *function;         // static; null before the first function of a visit
} plugin_call;

// In place of a plugin where there is room for a call. Null is not: it is where a thread has not called.
#define PLUGIN_CALL_FREE ((plugin_call_subject *)8)

// A call into a plugin may ask the host for something that calls another plugin, and so on.
enum { PLUGIN_CALLS_DEPTH = 16 };

// The calls that a thread is in, the innermost last; behind them all is free.
typedef struct plugin_call_thread {
  plugin_call calls[PLUGIN_CALLS_DEPTH + 1];
  struct plugin_call_thread *next;
  int is_listed;
} plugin_call_thread;

PLUGIN_CALLS_HIDDEN extern _Thread_local plugin_call_thread plugin_calls_of_thread;

// Finds room for a call that is a thread's first, or begins within another. Ends the process where
// there is none.
PLUGIN_CALLS_HIDDEN plugin_call *plugin_call_find_room(void);

// Finds the innermost call where it may not be the only one; that of a thread without is of no use.
PLUGIN_CALLS_HIDDEN plugin_call *plugin_call_find(void);

// Notes that this thread is in a plugin from now on, and returns what the end of this visit asks for.
// The caller looks at the gate next.
__attribute__((returns_nonnull)) static inline plugin_call *plugin_call_begin(plugin_call_subject *plugin, const char *function) {
  plugin_call *call = plugin_calls_of_thread.calls;
  if (__builtin_expect(call->plugin != PLUGIN_CALL_FREE, 0)) call = plugin_call_find_room();
  call->function = function;
  __atomic_store_n(&call->plugin, plugin, __ATOMIC_RELAXED);
  // The note stands before anything that follows; the other half is the barrier of who is to be alone.
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  return call;
}

// Notes which function of the innermost plugin runs.
static inline void plugin_call_name(const char *function) {
  plugin_call *call = plugin_calls_of_thread.calls;
  if (__builtin_expect(call[1].plugin != PLUGIN_CALL_FREE, 0)) call = plugin_call_find();
  call->function = function;
}

// What a caller that has noted its call has to do before it goes on, and one that notes the end after.
static inline int plugin_call_gate(const plugin_call_subject *plugin) {
  return __builtin_expect(__atomic_load_n(&plugin->gate, __ATOMIC_ACQUIRE), 0);
}

// Notes that a visit is over. The caller looks at the gate next, and where it says to wait, wakes.
static inline void plugin_call_end(plugin_call *visit) {
  __atomic_store_n(&visit->plugin, PLUGIN_CALL_FREE, __ATOMIC_RELEASE);
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

// Wakes who waits to be alone in a plugin.
PLUGIN_CALLS_HIDDEN void plugin_call_wake(plugin_call_subject *plugin);

// What is noted for this thread, all null outside of any call; may be called in a signal handler.
PLUGIN_CALLS_HIDDEN plugin_call plugin_call_current(void);

// Has a function called on every thread before its first call is noted, and on this one; null for
// none. Threads that were in a plugin before are left out.
PLUGIN_CALLS_HIDDEN void plugin_call_prepare_threads(void (*prepare)(void));

// To be called once for a subject, before any other function. Where the kernel has no such barrier
// every caller has to ask, whether that is wanted or not.
PLUGIN_CALLS_HIDDEN void plugin_call_subject_prepare(plugin_call_subject *plugin, int asks);

// Has callers wait, and waits until none is left in the plugin; not where callers ask. One thread at a
// time.
PLUGIN_CALLS_HIDDEN void plugin_call_close(plugin_call_subject *plugin);

// Has callers wait no longer.
PLUGIN_CALLS_HIDDEN void plugin_call_open(plugin_call_subject *plugin);

// Whether this thread is in a plugin, beside the visit that it has begun last.
PLUGIN_CALLS_HIDDEN int plugin_call_is_nested(const plugin_call_subject *plugin);

// Whether this thread is in a plugin.
PLUGIN_CALLS_HIDDEN int plugin_call_is_inside(const plugin_call_subject *plugin);

// Whether this thread is the one that others wait for.
PLUGIN_CALLS_HIDDEN int plugin_call_is_alone(const plugin_call_subject *plugin);

#endif
