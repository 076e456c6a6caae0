// libffi without its global variables: Swift sees a C variable as shared mutable state, a function
// that gives its address it sees as what it is.
#ifndef CFFI_SHIM_H
#define CFFI_SHIM_H

#include <ffi.h>

static inline ffi_type *cffi_void(void) { return &ffi_type_void; }
static inline ffi_type *cffi_double(void) { return &ffi_type_double; }
static inline ffi_type *cffi_float(void) { return &ffi_type_float; }
static inline ffi_type *cffi_sint32(void) { return &ffi_type_sint32; }
static inline ffi_type *cffi_sint64(void) { return &ffi_type_sint64; }
static inline ffi_type *cffi_pointer(void) { return &ffi_type_pointer; }

// Prepares a call with this platform's C convention; whether libffi could.
static inline int cffi_prepare(ffi_cif *call, unsigned count, ffi_type *result, ffi_type **types) {
  return ffi_prep_cif(call, FFI_DEFAULT_ABI, count, result, types) == FFI_OK;
}

// Calls the function at an address.
static inline void cffi_call(ffi_cif *call, void *function, void *result, void **arguments) {
  ffi_call(call, (void (*)(void))function, result, arguments);
}

#endif
