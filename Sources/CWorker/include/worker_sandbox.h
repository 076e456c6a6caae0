// What a worker gives up for good, before any code of its plugin runs. Threads that are started later
// and programs that it runs have given it up too.
#ifndef WORKER_SANDBOX_H
#define WORKER_SANDBOX_H

// Gives up gaining rights by running other programs; the other two need it.
int worker_refuse_privileges(void);

// Gives up writing, making and removing files anywhere but below `folder` and in /dev/null, and, as
// far as the kernel knows how, TCP, and signals and abstract sockets to processes outside. Stores the
// version of Landlock. ENOSYS or EOPNOTSUPP where the kernel has none.
int worker_refuse_writing(const char *_Nonnull folder, int *_Nonnull version);

// Gives up making sockets, and reaching into other processes. ENOSYS on a processor for which there
// is no list of system calls.
int worker_refuse_sockets(void);

#endif
