// Elementwise programs, one block at a time.

// The index pattern (i / inner) % extent over a block that starts at element `start`.
typedef struct {
  int64_t index;      // of the current element
  int64_t remaining;  // elements until it changes
} pattern;

INLINE pattern pattern_at(int64_t start, int64_t inner, int64_t extent) {
  return (pattern){(start / inner) % extent, inner - start % inner};
}

// Fills a block with source elements in the pattern of a register.
static void expand(
    const cpu_tape_register *reg, const int32_t *source, int32_t *block, int64_t start,
    int64_t limit) {
  pattern at = pattern_at(start, reg->inner, reg->extent);
  if (reg->inner == 1) {
    for (int64_t j = 0; j < limit;) {
      int64_t run = reg->extent - at.index;
      if (run > limit - j) run = limit - j;
      memcpy(block + j, source + at.index, (size_t)run * 4);
      at.index = 0;
      j += run;
    }
    return;
  }
  for (int64_t j = 0; j < limit;) {
    int64_t run = at.remaining < limit - j ? at.remaining : limit - j;
    int32_t x = source[at.index];
    for (int64_t i = 0; i < run; i++) block[j + i] = x;
    j += run;
    at.remaining = reg->inner;
    at.index = at.index + 1 == reg->extent ? 0 : at.index + 1;
  }
}

static void expand_index(
    const cpu_tape_register *reg, int32_t *block, int64_t start, int64_t limit,
    int integral) {
  pattern at = pattern_at(start, reg->inner, reg->extent);
  for (int64_t j = 0; j < limit; j++) {
    if (integral) {
      block[j] = (int32_t)at.index;
    } else {
      float x = (float)at.index;
      memcpy(block + j, &x, 4);
    }
    if (--at.remaining == 0) {
      at.remaining = reg->inner;
      at.index = at.index + 1 == reg->extent ? 0 : at.index + 1;
    }
  }
}

// float32 to int32 towards zero; NaN gives 0, and what does not fit the nearest that does.
INLINE v16 truncate_to_int(v16 x) {
  v16 bounded = choose(x > 2147483520.0f, splat(2147483520.0f), x);
  bounded = choose(bounded < -2147483648.0f, splat(-2147483648.0f), bounded);
  bounded = choose(x != x, splat(0), bounded);
  return as_float(__builtin_convertvector(bounded, i16));
}

typedef struct {
  float *result;
  const float *operand[3];
  int64_t step[3];
  int64_t limit;  // elements, a multiple of 16
} cells;

#define EACH(expression)                                   \
  for (int64_t j = 0; j < at.limit; j += 16) {             \
    v16 x = load(a);                                       \
    store(d + j, expression);                              \
    a += sa;                                               \
  }                                                        \
  break
#define EACH2(expression)                                  \
  for (int64_t j = 0; j < at.limit; j += 16) {             \
    v16 x = load(a), y = load(b);                          \
    store(d + j, expression);                              \
    a += sa;                                               \
    b += sb;                                               \
  }                                                        \
  break
#define EACH3(expression)                                  \
  for (int64_t j = 0; j < at.limit; j += 16) {             \
    v16 x = load(a), y = load(b), z = load(c);             \
    store(d + j, expression);                              \
    a += sa;                                               \
    b += sb;                                               \
    c += sc;                                               \
  }                                                        \
  break

static void run_instruction(cpu_tape_code code, cells at) {
  float *d = at.result;
  const float *a = at.operand[0], *b = at.operand[1], *c = at.operand[2];
  int64_t sa = at.step[0], sb = at.step[1], sc = at.step[2];
  switch (code) {
    case CPU_TAPE_NEGATE: EACH(-x);
    case CPU_TAPE_EXPONENTIAL: EACH(exponential(x));
    case CPU_TAPE_LOGARITHM: EACH(natural_logarithm(x));
    case CPU_TAPE_SQUARE_ROOT: EACH(root(x));
    case CPU_TAPE_RECIPROCAL_SQUARE_ROOT: EACH(1.0f / root(x));
    case CPU_TAPE_TANH: EACH(hyperbolic_tangent(x));
    case CPU_TAPE_LOGISTIC: EACH(logistic(x));
    case CPU_TAPE_SINE: EACH(each(x, sinf));
    case CPU_TAPE_COSINE: EACH(each(x, cosf));
    case CPU_TAPE_ABSOLUTE: EACH(absolute(x));
    case CPU_TAPE_SIGN:
      EACH(choose(x != x, x, one_where(x > 0.0f) - one_where(x < 0.0f)));
    case CPU_TAPE_COPY: EACH(x);
    case CPU_TAPE_FLOAT_TO_INT: EACH(truncate_to_int(x));
    case CPU_TAPE_INT_TO_FLOAT: EACH(__builtin_convertvector(as_int(x), v16));
    case CPU_TAPE_GELU: EACH(gelu(x));
    case CPU_TAPE_ADD: EACH2(x + y);
    case CPU_TAPE_SUBTRACT: EACH2(x - y);
    case CPU_TAPE_MULTIPLY: EACH2(x * y);
    case CPU_TAPE_DIVIDE: EACH2(x / y);
    case CPU_TAPE_MAXIMUM: EACH2(larger(x, y));
    case CPU_TAPE_MINIMUM: EACH2(smaller(x, y));
    case CPU_TAPE_POWER: EACH2(power(x, y));
    case CPU_TAPE_EQUAL: EACH2(one_where(x == y));
    case CPU_TAPE_LESS: EACH2(one_where(x < y));
    case CPU_TAPE_LESS_OR_EQUAL: EACH2(one_where(x <= y));
    case CPU_TAPE_SWIGLU: EACH2(silu(x) * y);
    case CPU_TAPE_GELU_GRADIENT: EACH2(gelu_derivative(x) * y);
    case CPU_TAPE_SWIGLU_UP_GRADIENT: EACH2(silu(x) * y);
    case CPU_TAPE_EQUAL_INT: EACH2(one_where(as_int(x) == as_int(y)));
    case CPU_TAPE_LESS_INT: EACH2(one_where(as_int(x) < as_int(y)));
    case CPU_TAPE_LESS_OR_EQUAL_INT: EACH2(one_where(as_int(x) <= as_int(y)));
    case CPU_TAPE_SELECT: EACH3(choose(x != 0.0f, y, z));
    case CPU_TAPE_SWIGLU_GATE_GRADIENT: EACH3(silu_derivative(x) * y * z);
    case CPU_TAPE_BLOCK_SUM: break;
  }
}

// The sum of a block, of which `count` elements are there.
static float block_sum(const float *x, int64_t step, int64_t count) {
  v16 sums = {};
  for (int64_t j = 0; j < count; j += 16, x += step) {
    v16 y = load(x);
    if (j + 16 > count) y = choose(lanes < (int32_t)(count - j), y, splat(0));
    sums += y;
  }
  return add_lanes(sums);
}

// Fetches the next block of a stream while this one is worked on, one stream an instruction: of
// several streams, instructions come back to each too seldom for the processor to see that it is one.
INLINE void prefetch_block(const float *block) {
  for (int j = 0; j < cpu_tape_block; j += 16) __builtin_prefetch(block + j, 0, 2);
}

enum { tape_registers = 256 };

static void run_tape(
    const cpu_tape *tape, void *const *addresses, float *scratch, int64_t first, int64_t end) {
  float *at[tape_registers];
  int64_t step[tape_registers];
  int64_t streams[tape_registers], stream_count = 0;
  for (int64_t r = 0; r < tape->register_count; r++) {
    const cpu_tape_register *reg = &tape->registers[r];
    step[r] = 16;
    if (reg->kind == CPU_TAPE_STREAM) streams[stream_count++] = r;
    if (reg->kind == CPU_TAPE_CONSTANT || reg->kind == CPU_TAPE_SPLAT) {
      float x = reg->value;
      if (reg->kind == CPU_TAPE_SPLAT) memcpy(&x, addresses[reg->place], 4);
      at[r] = scratch + (int64_t)reg->buffer * cpu_tape_block;
      step[r] = 0;
      for (int i = 0; i < 16; i++) memcpy(at[r] + i, &x, 4);
    } else if (reg->kind == CPU_TAPE_BUFFER) {
      at[r] = scratch + (int64_t)reg->place * cpu_tape_block;
    } else {
      at[r] = scratch + (int64_t)reg->buffer * cpu_tape_block;
    }
  }
  for (int64_t block = first; block < end; block++) {
    int64_t start = block * cpu_tape_block;
    int64_t count = tape->element_count - start;
    if (count > cpu_tape_block) count = cpu_tape_block;
    int64_t limit = (count + 15) / 16 * 16;
    for (int64_t r = 0; r < tape->register_count; r++) {
      const cpu_tape_register *reg = &tape->registers[r];
      switch (reg->kind) {
        case CPU_TAPE_STREAM: at[r] = (float *)addresses[reg->place] + start; break;
        case CPU_TAPE_REPEATED:
          expand(reg, addresses[reg->place], (int32_t *)at[r], start, limit);
          break;
        case CPU_TAPE_INDEX: expand_index(reg, (int32_t *)at[r], start, limit, 0); break;
        case CPU_TAPE_INDEX_INT: expand_index(reg, (int32_t *)at[r], start, limit, 1); break;
        default: break;
      }
    }
    for (int64_t i = 0; i < tape->instruction_count; i++) {
      const cpu_tape_instruction *instruction = &tape->instructions[i];
      const int32_t *operands = instruction->operands;
      if (stream_count > 2 && i < stream_count && block + 1 < end) {
        const float *stream = addresses[tape->registers[streams[i]].place];
        prefetch_block(stream + start + cpu_tape_block);
      }
      if (instruction->code == CPU_TAPE_BLOCK_SUM) {
        float *sums = addresses[tape->registers[instruction->result].place];
        sums[block] = block_sum(at[operands[0]], step[operands[0]], count);
        continue;
      }
      run_instruction(
          instruction->code,
          (cells){
              at[instruction->result],
              {at[operands[0]], at[operands[1]], at[operands[2]]},
              {step[operands[0]], step[operands[1]], step[operands[2]]},
              limit,
          });
    }
  }
}
