// Elementwise programs: a list of instructions run block by block, so that a whole chain of
// operations reads and writes memory once.
#ifndef CPU_TAPE_H
#define CPU_TAPE_H

#include <stdint.h>

#pragma clang assume_nonnull begin

/// The elements of a block: a register of a tape holds this many numbers.
enum { cpu_tape_block = 512 };

typedef enum : int32_t {
  // One operand, float32.
  CPU_TAPE_NEGATE,
  CPU_TAPE_EXPONENTIAL,
  CPU_TAPE_LOGARITHM,
  CPU_TAPE_SQUARE_ROOT,
  CPU_TAPE_RECIPROCAL_SQUARE_ROOT,
  CPU_TAPE_TANH,
  CPU_TAPE_LOGISTIC,
  CPU_TAPE_SINE,
  CPU_TAPE_COSINE,
  CPU_TAPE_ABSOLUTE,
  CPU_TAPE_SIGN,
  CPU_TAPE_COPY,
  CPU_TAPE_FLOAT_TO_INT,
  CPU_TAPE_INT_TO_FLOAT,
  CPU_TAPE_GELU,
  // Two operands, float32.
  CPU_TAPE_ADD,
  CPU_TAPE_SUBTRACT,
  CPU_TAPE_MULTIPLY,
  CPU_TAPE_DIVIDE,
  CPU_TAPE_MAXIMUM,
  CPU_TAPE_MINIMUM,
  CPU_TAPE_POWER,
  CPU_TAPE_EQUAL,
  CPU_TAPE_LESS,
  CPU_TAPE_LESS_OR_EQUAL,
  CPU_TAPE_SWIGLU,
  CPU_TAPE_GELU_GRADIENT,       // x, gradient of the result
  CPU_TAPE_SWIGLU_UP_GRADIENT,  // gate, gradient of the result
  // Two operands, int32; the result is float32.
  CPU_TAPE_EQUAL_INT,
  CPU_TAPE_LESS_INT,
  CPU_TAPE_LESS_OR_EQUAL_INT,
  // Three operands, float32.
  CPU_TAPE_SELECT,
  CPU_TAPE_SWIGLU_GATE_GRADIENT,  // gate, up, gradient of the result
  // The sum of one operand over the block, stored at the register's address by the block's number.
  CPU_TAPE_BLOCK_SUM,
} cpu_tape_code;

typedef struct {
  cpu_tape_code code;
  int32_t result;       // a register
  int32_t operands[3];  // registers; unused ones are 0
} cpu_tape_instruction;

typedef enum : int32_t {
  CPU_TAPE_BUFFER,    // `place` is a scratch buffer's number
  CPU_TAPE_STREAM,    // `place` is an address: element i is at i
  CPU_TAPE_REPEATED,  // `place` is an address: element i is at (i / inner) % extent
  CPU_TAPE_SPLAT,     // `place` is an address of one element
  CPU_TAPE_CONSTANT,  // `value`
  CPU_TAPE_INDEX,     // (i / inner) % extent, as float32
  CPU_TAPE_INDEX_INT, // (i / inner) % extent, as int32
  CPU_TAPE_PARTIAL,   // `place` is an address of one float32 a block
} cpu_tape_kind;

/// Where a register's numbers are. Kinds other than stream and partial hold a scratch buffer in
/// `buffer`.
typedef struct {
  cpu_tape_kind kind;
  int32_t place;
  int32_t buffer;
  float value;
  int64_t inner;
  int64_t extent;
} cpu_tape_register;

typedef struct {
  const cpu_tape_instruction *instructions;
  int64_t instruction_count;
  const cpu_tape_register *registers;
  int64_t register_count;
  int64_t element_count;
} cpu_tape;

#pragma clang assume_nonnull end

#endif
