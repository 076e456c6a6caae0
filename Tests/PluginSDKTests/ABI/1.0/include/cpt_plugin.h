// The plugin ABI of cpt-host, version 1. Include this header; it needs nothing but C99.
//
// A plugin is a shared library that
//   1. carries an identity record in its own section (record.h), so that the host knows what it is
//      before any of its code runs, and
//   2. exports one entry function (plugin.h), which hands the host the table of its kind.
//
// Rules for every function and struct in these headers:
//   - A struct starts with `struct_size`. Whoever fills it writes the size it was compiled with; a
//     reader uses a member only if it lies within that size (CPT_HAS). Members are only ever added
//     at the end, and a behaviour never changes under an old name. Where the caller gives the room
//     for a struct and the callee fills it (cpt_plugin, cpt_parameter_count, cpt_optimizer_state,
//     cpt_law_parameter), the caller writes its size first; the callee sets the members within that
//     size, one by one, and nothing beyond it: assigning the whole struct would write over what
//     follows in an older caller.
//   - Text is UTF-8 with a length and no terminating zero (cpt_text).
//   - A pointer argument is borrowed: it is valid until the call returns, unless the function says
//     otherwise. It is never null unless marked [nullable].
//   - A function that can fail returns a cpt_status and takes `cpt_error **error` last [nullable].
//     On failure it may store one error object there, which the receiver releases; results are then
//     unspecified and must not be read.
//   - Nothing may throw, unwind or longjmp through these functions.
//   - Thread classes: [main] the host calls it from one thread at a time, never beside another call
//     into the same plugin; [serial] one call at a time per instance, from any thread; [concurrent]
//     any number of threads at once, also on the same instance.
#ifndef CPT_PLUGIN_UMBRELLA_H
#define CPT_PLUGIN_UMBRELLA_H

#include "cpt/architecture.h"
#include "cpt/base.h"
#include "cpt/data_mixer.h"
#include "cpt/graph.h"
#include "cpt/host.h"
#include "cpt/operations.h"
#include "cpt/optimizer.h"
#include "cpt/options.h"
#include "cpt/plugin.h"
#include "cpt/record.h"
#include "cpt/scaling_law.h"
#include "cpt/tokenizer.h"

#endif
