// Which function of which plugin each thread is in, for whoever reports a crash.
//
// Noting a call is two loads and two stores of the thread's own memory; nothing is locked, and all of
// it may be read in a signal handler.
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
} plugin_call_subject;

// A call; both are null outside of any.
typedef struct plugin_call {
  const plugin_call_subject *plugin;
  const char *function;  // static
} plugin_call;

// Notes that this thread is in a call from now on, and returns what was noted before. The end of the
// call notes that again.
PLUGIN_CALLS_HIDDEN plugin_call plugin_call_exchange(plugin_call call);

// What is noted for this thread.
PLUGIN_CALLS_HIDDEN plugin_call plugin_call_current(void);

// Has a function called on every thread before its first call is noted; null for none.
PLUGIN_CALLS_HIDDEN void plugin_call_prepare_threads(void (*prepare)(void));

#endif
