// What a plugin in a worker process needs of Linux and Swift cannot say: futexes on shared memory,
// starting the worker, and shutting it in.
//
// Unless it says otherwise a function returns 0, or the errno of what failed.
#ifndef C_WORKER_H
#define C_WORKER_H

#include "worker_process.h"
#include "worker_sandbox.h"
#include "worker_words.h"

#endif
