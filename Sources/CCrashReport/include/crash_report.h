// Says which plugin was running when the process crashes, before whatever else would be said.
#ifndef CRASH_REPORT_H
#define CRASH_REPORT_H

// Handles SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT and SIGTRAP from now on. Where a thread crashes in
// a call that plugin_calls.h has noted, one paragraph on standard error names the plugin, the
// function, the signal and the place; then the handler that was there before goes on, so that a
// backtrace follows and the process ends by the same signal.
//
// A plugin that calls exit is named as well, and the exit status is that of a failure. Of several
// calls of this function the first counts.
//
// Returns 0, or the errno of what failed.
int crash_report_install(void);

#endif
