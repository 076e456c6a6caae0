#define _GNU_SOURCE
#include "crash_report.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "plugin_calls.h"

// The signals of a crash, and what each means to somebody who does not know them.
static const struct {
  int number;
  const char *name;
  const char *meaning;
  int has_address;
} crashes[] = {
    {SIGSEGV, "SIGSEGV", "memory that it may not touch", 1},
    {SIGBUS, "SIGBUS", "memory that is not there", 1},
    {SIGILL, "SIGILL", "an illegal instruction, as where Swift stops a program", 0},
    {SIGTRAP, "SIGTRAP", "a trap, as where Swift stops a program", 0},
    {SIGFPE, "SIGFPE", "arithmetic without a result, as a division by zero", 0},
    {SIGABRT, "SIGABRT", "a call of abort", 0},
};
enum { CRASH_COUNT = sizeof crashes / sizeof *crashes };

// What handled each before.
static struct sigaction previous[CRASH_COUNT];
static atomic_flag is_reporting = ATOMIC_FLAG_INIT;

// A text on its way to standard error: written in parts, so that what is known is seen even if
// finding out more fails.
typedef struct {
  size_t length;
  char bytes[512];
} text;

static void flush(text *it) {
  size_t done = 0;
  while (done < it->length) {
    ssize_t count = write(STDERR_FILENO, it->bytes + done, it->length - done);
    if (count < 0 && errno != EINTR) break;
    if (count > 0) done += (size_t)count;
  }
  it->length = 0;
}

static void put(text *it, const char *words) {
  for (; *words; words++) {
    if (it->length == sizeof it->bytes) flush(it);
    it->bytes[it->length++] = *words;
  }
}

static void put_hexadecimal(text *it, uintptr_t number) {
  char digits[2 * sizeof number + 3];
  char *start = digits + sizeof digits;
  *--start = 0;
  do *--start = "0123456789abcdef"[number & 15];
  while (number >>= 4);
  *--start = 'x';
  *--start = '0';
  put(it, start);
}

// The instruction that a thread was at.
static uintptr_t instruction(const ucontext_t *context) {
#if defined(__x86_64__)
  return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
  return (uintptr_t)context->uc_mcontext.pc;
#endif
}

// Where a function that was just called returns to.
static uintptr_t return_address(const ucontext_t *context) {
#if defined(__x86_64__)
  return *(const uintptr_t *)context->uc_mcontext.gregs[REG_RSP];
#elif defined(__aarch64__)
  return (uintptr_t)context->uc_mcontext.regs[30];
#endif
}

// Puts "symbol+0x12 of 'library' (0x1234 from its start)"; a static function has no symbol.
static void put_place(text *it, uintptr_t address, const Dl_info *place) {
  if (place->dli_sname) {
    put(it, place->dli_sname);
    put(it, "+");
    put_hexadecimal(it, address - (uintptr_t)place->dli_saddr);
    put(it, " of ");
  }
  put(it, "'");
  put(it, place->dli_fname ? place->dli_fname : "?");
  put(it, "' (");
  put_hexadecimal(it, address - (uintptr_t)place->dli_fbase);
  put(it, " from its start)");
}

// Whether code belongs to the plugin.
static int is_of(const plugin_call_subject *plugin, const Dl_info *place) {
  Dl_info entry;
  if (plugin->entry && dladdr(plugin->entry, &entry)) return entry.dli_fbase == place->dli_fbase;
  return plugin->path && place->dli_fname && !strcmp(plugin->path, place->dli_fname);
}

// Puts where it happened, and if that is not in the plugin, where the plugin called from.
static void put_places(text *it, const plugin_call_subject *plugin, const ucontext_t *context) {
  uintptr_t address = instruction(context);
  Dl_info place;
  put(it, program_invocation_short_name);
  put(it, ": it was in ");
  if (dladdr((void *)address, &place)) {
    put_place(it, address, &place);
    if (is_of(plugin, &place)) return;
  } else {
    put(it, "no library, as after a call of a null or stale function");
    uintptr_t caller = return_address(context) - 1;
    if (dladdr((void *)caller, &place) && is_of(plugin, &place)) {
      put(it, ", called from ");
      put_place(it, caller, &place);
      return;
    }
  }
  flush(it);
  void *callers[64];
  int count = backtrace(callers, sizeof callers / sizeof *callers);
  for (int i = 0; i < count; i++) {
    // A caller's address is that of the instruction after the call.
    uintptr_t caller = (uintptr_t)callers[i] - 1;
    if (!dladdr((void *)caller, &place) || !is_of(plugin, &place)) continue;
    put(it, ", called from ");
    put_place(it, caller, &place);
    return;
  }
}

// Puts "cpt-host: plugin 'name' (kind version, 'path') was running function when ".
static void put_call(text *it, plugin_call call) {
  const plugin_call_subject *plugin = call.plugin;
  put(it, program_invocation_short_name);
  put(it, ": plugin '");
  put(it, plugin->name);
  put(it, "' (");
  put(it, plugin->kind);
  put(it, " ");
  put(it, plugin->version);
  if (plugin->path) {
    put(it, ", '");
    put(it, plugin->path);
    put(it, "'");
  }
  put(it, ") was running ");
  put(it, call.function ? call.function : "a call");
  put(it, " when ");
}

static void put_advice(text *it) {
  put(it,
      ". To let a run survive this plugin, give it a process of its own: 'isolation: worker' below "
      "'plugins:' in the pipeline file.\n");
  flush(it);
}

static void report(int kind, const siginfo_t *info, const ucontext_t *context, plugin_call call) {
  text it = {0};
  put_call(&it, call);
  put(&it, "the process got ");
  put(&it, crashes[kind].name);
  put(&it, " (");
  put(&it, crashes[kind].meaning);
  put(&it, ")");
  if (crashes[kind].has_address && info->si_code > 0) {
    put(&it, " at address ");
    put_hexadecimal(&it, (uintptr_t)info->si_addr);
  }
  put_advice(&it);
  put_places(&it, call.plugin, context);
  put(&it, "\n");
  flush(&it);
}

// A plugin that ends the process would have a run that failed look like one that is done.
static void handle_exit(int status, void *unused) {
  (void)unused;
  plugin_call call = plugin_call_current();
  if (!call.plugin || atomic_flag_test_and_set(&is_reporting)) return;
  text it = {0};
  put_call(&it, call);
  put(&it, "it ended the process with exit status ");
  put_hexadecimal(&it, (uintptr_t)(unsigned)status);
  put_advice(&it);
  fflush(NULL);
  _exit(EXIT_FAILURE);
}

// Goes on as if this handler were not there.
static void chain(int kind, siginfo_t *info, void *context) {
  const struct sigaction *before = &previous[kind];
  int number = crashes[kind].number;
  if (before->sa_flags & SA_SIGINFO) {
    before->sa_sigaction(number, info, context);
  } else if (before->sa_handler != SIG_DFL && before->sa_handler != SIG_IGN) {
    before->sa_handler(number);
  } else {
    signal(number, SIG_DFL);
    // A fault comes again when the instruction does; a signal that was sent does not.
    if (info->si_code <= 0) raise(number);
  }
}

static void handle(int number, siginfo_t *info, void *context) {
  int error = errno;
  int kind = 0;
  while (kind < CRASH_COUNT - 1 && crashes[kind].number != number) kind++;
  plugin_call call = plugin_call_current();
  // A crash while one is reported, here or on another thread, goes straight on.
  if (call.plugin && !atomic_flag_test_and_set(&is_reporting)) report(kind, info, context, call);
  errno = error;
  chain(kind, info, context);
}

// Threads that call plugins get a stack to report from, lest an overflow of their own goes unnamed.
enum { STACK_SIZE = 1 << 16 };
static pthread_key_t stack_key;

static void take_stack(void *stack) {
  const stack_t none = {.ss_flags = SS_DISABLE};
  if (!sigaltstack(&none, NULL)) munmap(stack, STACK_SIZE);
}

static void give_stack(void) {
  stack_t stack;
  if (sigaltstack(NULL, &stack) || !(stack.ss_flags & SS_DISABLE)) return;
  void *memory =
      mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) return;
  stack = (stack_t){.ss_sp = memory, .ss_size = STACK_SIZE};
  if (sigaltstack(&stack, NULL)) munmap(memory, STACK_SIZE);
  else pthread_setspecific(stack_key, memory);
}

static int result;

static void install(void) {
  // The first backtrace of a process loads a library, which must not happen in a handler.
  void *callers[1];
  backtrace(callers, 1);
  result = pthread_key_create(&stack_key, take_stack);
  if (result) return;
  if (on_exit(handle_exit, NULL)) {
    result = ENOMEM;
    return;
  }
  plugin_call_prepare_threads(give_stack);
  struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  action.sa_sigaction = handle;
  sigemptyset(&action.sa_mask);
  for (int kind = 0; kind < CRASH_COUNT; kind++) {
    if (sigaction(crashes[kind].number, NULL, &previous[kind]) ||
        sigaction(crashes[kind].number, &action, NULL)) {
      result = errno;
      return;
    }
  }
}

int crash_report_install(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, install);
  return result;
}
