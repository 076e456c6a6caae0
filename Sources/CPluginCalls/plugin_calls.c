#define _GNU_SOURCE
#include "plugin_calls.h"

#include <limits.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

_Thread_local plugin_call_thread plugin_calls_of_thread;

// The threads that have called a plugin and live.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static plugin_call_thread *threads;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static int has_barrier;
static void (*preparation)(void);

static long membarrier(int command) { return syscall(SYS_membarrier, command, 0, 0); }

// Takes a thread that ends off the list. Should it call a plugin after all, it comes back.
static void leave(void *value) {
  plugin_call_thread *thread = value;
  pthread_mutex_lock(&lock);
  plugin_call_thread **link = &threads;
  while (*link && *link != thread) link = &(*link)->next;
  if (*link) *link = thread->next;
  pthread_mutex_unlock(&lock);
  thread->is_listed = 0;
  thread->calls[0].plugin = NULL;
}

static void start(void) {
  // Without a key, a thread that ends would stay on the list.
  if (pthread_key_create(&key, leave)) abort();
  has_barrier = membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0 &&
                membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0;
}

// Puts a thread on the list before its first call.
static void enter(plugin_call_thread *thread) {
  pthread_once(&once, start);
  for (int i = 0; i <= PLUGIN_CALLS_DEPTH; i++) {
    thread->calls[i] = (plugin_call){PLUGIN_CALL_FREE, NULL};
  }
  thread->is_listed = 1;
  pthread_setspecific(key, thread);
  pthread_mutex_lock(&lock);
  thread->next = threads;
  threads = thread;
  void (*prepare)(void) = preparation;
  pthread_mutex_unlock(&lock);
  if (prepare) prepare();
}

plugin_call *plugin_call_find_room(void) {
  plugin_call_thread *thread = &plugin_calls_of_thread;
  if (!thread->is_listed) enter(thread);
  for (int i = 0; i < PLUGIN_CALLS_DEPTH; i++) {
    if (thread->calls[i].plugin == PLUGIN_CALL_FREE) return &thread->calls[i];
  }
  fputs("plugins call one another through the host without end\n", stderr);
  abort();
}

plugin_call *plugin_call_find(void) {
  plugin_call_thread *thread = &plugin_calls_of_thread;
  int i = 0;
  if (thread->is_listed) {
    while (i + 1 < PLUGIN_CALLS_DEPTH && thread->calls[i + 1].plugin != PLUGIN_CALL_FREE) i++;
  }
  return &thread->calls[i];
}

plugin_call plugin_call_current(void) {
  const plugin_call *call = plugin_call_find();
  if (call->plugin == NULL || call->plugin == PLUGIN_CALL_FREE) return (plugin_call){NULL, NULL};
  return *call;
}

void plugin_call_prepare_threads(void (*prepare)(void)) {
  pthread_mutex_lock(&lock);
  preparation = prepare;
  pthread_mutex_unlock(&lock);
  if (prepare && plugin_calls_of_thread.is_listed) prepare();
}

void plugin_call_subject_prepare(plugin_call_subject *plugin, int asks) {
  pthread_once(&once, start);
  plugin->gate = asks || !has_barrier ? PLUGIN_CALLS_ASK : 0;
}

void plugin_call_wake(plugin_call_subject *plugin) {
  __atomic_fetch_add(&plugin->end_count, 1, __ATOMIC_RELEASE);
  syscall(SYS_futex, &plugin->end_count, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

// Whether any thread's notes have a plugin.
static int is_anyone_inside(const plugin_call_subject *plugin) {
  int found = 0;
  pthread_mutex_lock(&lock);
  for (const plugin_call_thread *thread = threads; thread && !found; thread = thread->next) {
    for (int i = 0; i < PLUGIN_CALLS_DEPTH && !found; i++) {
      found = __atomic_load_n(&thread->calls[i].plugin, __ATOMIC_ACQUIRE) == plugin;
    }
  }
  pthread_mutex_unlock(&lock);
  return found;
}

void plugin_call_close(plugin_call_subject *plugin) {
  __atomic_store_n(&plugin->alone_thread, &plugin_calls_of_thread, __ATOMIC_RELAXED);
  if (plugin->gate == PLUGIN_CALLS_ASK) return;
  __atomic_store_n(&plugin->gate, PLUGIN_CALLS_WAIT, __ATOMIC_SEQ_CST);
  // Registered as this process is, it fails only where it is forbidden afterwards; to go on would be
  // to let a second thread into a plugin that may take one.
  if (membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED)) abort();
  while (1) {
    unsigned seen = __atomic_load_n(&plugin->end_count, __ATOMIC_ACQUIRE);
    if (!is_anyone_inside(plugin)) return;
    syscall(SYS_futex, &plugin->end_count, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
  }
}

void plugin_call_open(plugin_call_subject *plugin) {
  __atomic_store_n(&plugin->alone_thread, NULL, __ATOMIC_RELAXED);
  if (plugin->gate == PLUGIN_CALLS_WAIT) __atomic_store_n(&plugin->gate, 0, __ATOMIC_RELEASE);
}

// Whether this thread is in a plugin, beside one call.
static int is_inside(const plugin_call_subject *plugin, const plugin_call *left_out) {
  const plugin_call_thread *thread = &plugin_calls_of_thread;
  for (int i = 0; i < PLUGIN_CALLS_DEPTH; i++) {
    const plugin_call *call = &thread->calls[i];
    if (call != left_out && call->plugin == plugin) return 1;
  }
  return 0;
}

int plugin_call_is_nested(const plugin_call_subject *plugin) {
  return is_inside(plugin, plugin_call_find());
}

int plugin_call_is_inside(const plugin_call_subject *plugin) { return is_inside(plugin, NULL); }

int plugin_call_is_alone(const plugin_call_subject *plugin) {
  return __atomic_load_n(&plugin->alone_thread, __ATOMIC_RELAXED) == &plugin_calls_of_thread;
}
