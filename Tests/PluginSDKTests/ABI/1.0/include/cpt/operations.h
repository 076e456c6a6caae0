// The operations of the graph. Codes are never reused.
//
// Each line: inputs; integers; reals -> result. f32 is float32, i32 is int32. Elementwise operations
// take inputs of one shape: broadcasting is an operation of its own.
#ifndef CPT_OPERATIONS_H
#define CPT_OPERATIONS_H

#include <stdint.h>

typedef uint32_t cpt_operation_code;
enum {
  // Leaves.
  CPT_OP_CONSTANT = 1,  // none; extents; value -> f32 filled with the value
  CPT_OP_IOTA = 2,      // none; axis, element type, extents -> the index along the axis

  // Elementwise, one input, f32.
  CPT_OP_NEGATE = 16,
  CPT_OP_EXPONENTIAL = 17,
  CPT_OP_LOGARITHM = 18,
  CPT_OP_SQUARE_ROOT = 19,
  CPT_OP_RECIPROCAL_SQUARE_ROOT = 20,
  CPT_OP_TANH = 21,
  CPT_OP_LOGISTIC = 22,  // 1 / (1 + exp(-x))
  CPT_OP_SINE = 23,
  CPT_OP_COSINE = 24,
  CPT_OP_ABSOLUTE = 25,
  CPT_OP_SIGN = 26,      // -1, 0 or 1
  CPT_OP_CONVERT = 27,   // element type -> the same values in that type; f32 to i32 truncates

  // Elementwise, two inputs, f32.
  CPT_OP_ADD = 32,
  CPT_OP_SUBTRACT = 33,
  CPT_OP_MULTIPLY = 34,
  CPT_OP_DIVIDE = 35,
  CPT_OP_MAXIMUM = 36,
  CPT_OP_MINIMUM = 37,
  CPT_OP_POWER = 38,

  // Comparisons, two inputs of one type, f32 or i32 -> f32, 1 where true, else 0.
  CPT_OP_EQUAL = 48,
  CPT_OP_LESS = 49,
  CPT_OP_LESS_OR_EQUAL = 50,
  CPT_OP_SELECT = 51,  // predicate f32, x f32, y f32 -> x where the predicate is not 0, else y

  // Shape.
  CPT_OP_BROADCAST = 64,    // x; rank of x, the result axis of each axis of x, result extents
  CPT_OP_RESHAPE = 65,      // x; extents
  CPT_OP_TRANSPOSE = 66,    // x; for each result axis the axis of x
  CPT_OP_SLICE = 67,        // x; starts (rank), ends (rank, exclusive)
  CPT_OP_PAD = 68,          // x f32; zeros before (rank), zeros after (rank)
  CPT_OP_CONCATENATE = 69,  // any number; axis

  // Reductions, f32; axes, ascending. The axes disappear.
  CPT_OP_SUM = 80,
  CPT_OP_LARGEST = 81,

  // Products and rows.
  CPT_OP_MATRIX_PRODUCT = 96,  // x [..., M, K], y [..., K, N] f32; transpose x (0/1), transpose y
                               //   (0/1): the last two axes are stored swapped -> [..., M, N]
  CPT_OP_GATHER = 97,          // table [V, ...] f32, indices i32 [...]  -> [indices..., row...]
  CPT_OP_SCATTER_ADD = 98,     // indices i32 [...], updates [indices..., row...] f32; rows V
                               //   -> [V, row...], each row the sum of its updates

  // Composites: each means the decomposition given here, and may run as one kernel.
  CPT_OP_SOFTMAX = 128,     // x -> exp(x - max) / sum, over the last axis
  CPT_OP_RMS_NORM = 129,    // x [..., K], weight [K]; epsilon -> x / sqrt(mean(x^2) + eps) * weight
  CPT_OP_LAYER_NORM = 130,  // x [..., K], weight [K], bias [K]; epsilon
  CPT_OP_ROTARY = 131,      // x [B, T, H, K]; interleaved (0: halves, 1: pairs); base -> each pair
                            //   turned by t * base^(-2 i / K), t the index on axis T
  CPT_OP_CAUSAL_ATTENTION = 132,  // q [B, T, H, K], k [B, T, G, K], v [B, T, G, K], optionally
                                  //   documents i32 [B, T]; scale -> [B, T, H, K]: query head h
                                  //   reads key head h / (H / G), positions up to its own, of its
                                  //   own document
  CPT_OP_SWIGLU = 133,            // gate, up -> gate * logistic(gate) * up
  CPT_OP_GELU = 134,              // x -> 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))
  CPT_OP_CROSS_ENTROPY = 135,     // logits [R, V] f32, targets [R] i32 -> [R] nats; 0 where the
                                  //   target is negative
  CPT_OP_LINEAR_CROSS_ENTROPY = 136  // x [R, K], weight [V, K], targets [R] i32 -> [R]: the cross-
                                     //   entropy of x weight^T, whose logits are never stored
};

#endif
