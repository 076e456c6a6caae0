// The kernels of one instruction set.
#ifndef CPU_TABLE_H
#define CPU_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu_tape.h"

#pragma clang assume_nonnull begin

/// Sizes of an attention: queries [batches, rows, heads, width]; keys and values
/// [batches, rows, groups, width].
typedef struct {
  int64_t batches;
  int64_t rows;
  int64_t heads;
  int64_t groups;
  int64_t width;
  float scale;
} cpu_attention;

/// A product of matrices: c [m, n] = a b, or c + a b if `add`, where a is [m, k] (stored [k, m] if
/// `transpose_a`), b is [k, n] (stored [n, k] if `transpose_b`), and the strides are elements from
/// stored row to row.
typedef struct {
  bool transpose_a;
  bool transpose_b;
  bool add;
  int64_t m;
  int64_t n;
  int64_t k;
  const float *a;
  int64_t a_stride;
  /// NULL if `packed_b` is there.
  const float *_Nullable b;
  int64_t b_stride;
  /// b packed: one stretch of `cpu_product_depth` terms after the other, each as `pack` leaves it.
  /// It has `packed_columns`, of which this product begins at `packed_first`; both are multiples of
  /// `cpu_product_panel`. NULL if b is to be read.
  const float *_Nullable packed_b;
  int64_t packed_columns;
  int64_t packed_first;
  float *c;
  int64_t c_stride;
} cpu_product;

enum {
  /// Terms that are summed before they are added to an element of a product: part of its bits.
  cpu_product_depth = 256,
  /// The most rows of a tile.
  cpu_product_rows = 6,
  /// The most columns of a tile: packed columns begin at a multiple of it.
  cpu_product_panel = 64,
  /// Columns whose factors are packed at a time: 512 KiB with the depth, for a cache of a core.
  cpu_product_columns = 512,
  /// Rows of a transposed first factor that are packed at a time.
  cpu_product_block = 48,
  /// The scratch numbers of a product.
  cpu_product_scratch = cpu_product_depth * (cpu_product_columns + cpu_product_block),
  /// Query rows of which an attention's gradient keeps scores.
  cpu_attention_block = 48,
  /// The keys whose scores are computed begin at a multiple of this.
  cpu_attention_keys = 64,
};

/// Sizes and strides of a copy, outermost axis first; `rank` is at most `cpu_copy_rank`.
enum { cpu_copy_rank = 8 };
typedef struct {
  int64_t rank;
  int64_t extents[cpu_copy_rank];
  int64_t source_strides[cpu_copy_rank];
  int64_t result_strides[cpu_copy_rank];
} cpu_copy;

typedef struct {
  const char *name;

  /// Runs a tape over the blocks `first..<end`. `addresses` are the tape's places; `scratch` holds
  /// `cpu_tape_block` numbers for each scratch buffer, 64-byte aligned.
  void (*run_tape)(
      const cpu_tape *tape, void *const _Nonnull *_Nonnull addresses, float *scratch,
      int64_t first, int64_t end);

  /// Packs `columns` columns of a stretch of the second factor of products, [depth, columns] or, if
  /// `transposed`, stored as [columns, depth]; `packed` holds the columns up to a multiple of
  /// `cpu_product_panel`.
  void (*pack)(
      bool transposed, const float *b, int64_t stride, int64_t depth, int64_t columns,
      float *packed);
  /// Whether a product packs its second factor for itself: one that is stored transposed, or of whose
  /// rows a tile would read so little, so far apart, that the parts fall on the same cache lines.
  bool (*packs)(bool transpose_b, int64_t b_stride);
  /// `scratch` holds `cpu_product_scratch` numbers.
  void (*product)(const cpu_product *product, float *scratch);

  /// The row kernels work on rows `first..<end` of [rows, width] buffers.
  void (*softmax)(const float *x, float *result, int64_t width, int64_t first, int64_t end);
  void (*softmax_gradient)(
      const float *x, const float *gradient, float *result, int64_t width, int64_t first,
      int64_t end);
  void (*rms_norm)(
      const float *x, const float *weight, float *result, int64_t width, float epsilon,
      int64_t first, int64_t end);
  /// `result` or `weight_sum` may be NULL. `weight_sum` [width] gets the sum over these rows.
  void (*rms_norm_gradient)(
      const float *x, const float *weight, const float *gradient, float *_Nullable result,
      float *_Nullable weight_sum, int64_t width, float epsilon, int64_t first, int64_t end);
  void (*layer_norm)(
      const float *x, const float *weight, const float *bias, float *result, int64_t width,
      float epsilon, int64_t first, int64_t end);
  /// `result`, `weight_sum` and `bias_sum` may be NULL; the sums are over these rows.
  void (*layer_norm_gradient)(
      const float *x, const float *weight, const float *gradient, float *_Nullable result,
      float *_Nullable weight_sum, float *_Nullable bias_sum, int64_t width, float epsilon,
      int64_t first, int64_t end);

  /// Turns rows [heads, width] by the angles of their positions: row r is at r % positions, whose
  /// `width / 2` cosines and sines stand in the tables. `direction` is 1, or -1 to turn back.
  void (*rotary)(
      const float *x, float *result, const float *cosines, const float *sines, int64_t positions,
      int64_t heads, int64_t width, bool interleaved, float direction, int64_t first,
      int64_t end);

  /// Cross-entropy of rows of logits, `stride` apart. `logits` and `result` may be the same;
  /// `losses`, `gradient` and `result` may be NULL, the last two together. `result` gets the
  /// gradient of the logits, given that of the losses.
  void (*cross_entropy)(
      const float *logits, const int32_t *targets, const float *_Nullable gradient,
      float *_Nullable losses, float *_Nullable result, int64_t width, int64_t stride,
      int64_t first, int64_t end);

  /// One batch and head (`piece` = batch * heads + head). `documents` [batches, rows] may be NULL.
  /// `scratch` holds `cpu_attention_scratch` numbers.
  void (*attention)(
      const cpu_attention *sizes, const float *queries, const float *keys, const float *values,
      const int32_t *_Nullable documents, float *result, float *scratch, int64_t piece);
  /// One batch and group of heads (`piece` = batch * groups + group). Results may be NULL.
  void (*attention_gradient)(
      const cpu_attention *sizes, const float *queries, const float *keys, const float *values,
      const int32_t *_Nullable documents, const float *gradient, float *_Nullable query_gradient,
      float *_Nullable key_gradient, float *_Nullable value_gradient, float *scratch,
      int64_t piece);

  /// Reductions of [outer, extent, inner] over the middle axis, for outer `first..<end` and the
  /// inner columns `first_column..<end_column`.
  void (*sum)(
      const float *x, float *result, int64_t extent, int64_t inner, int64_t first, int64_t end,
      int64_t first_column, int64_t end_column);
  void (*largest)(
      const float *x, float *result, int64_t extent, int64_t inner, int64_t first, int64_t end,
      int64_t first_column, int64_t end_column);

  /// result [rows, width], rows `first..<end`: each the sum of the updates [count, width] whose
  /// index is that row, in their order.
  void (*scatter_add)(
      const int32_t *indices, const float *updates, float *result, int64_t count, int64_t width,
      int64_t first, int64_t end);
} cpu_table;

typedef enum : int32_t { CPU_BASELINE, CPU_AVX2, CPU_AVX512 } cpu_instruction_set;

/// The kernels of an instruction set; NULL where this processor lacks it.
const cpu_table *_Nullable cpu_table_for(cpu_instruction_set set);

/// Elements from row to row of scores: a multiple of `cpu_attention_keys` and a bit, so that rows do
/// not fall on the same cache lines.
int64_t cpu_attention_score_step(const cpu_attention *sizes);

/// The numbers of scratch that one call of an attention kernel needs.
int64_t cpu_attention_scratch(const cpu_attention *sizes);

/// Copies the outermost indices `first..<end` of 4-byte elements between strided layouts.
void cpu_copy_elements(
    const cpu_copy *layout, const void *source, void *result, int64_t first, int64_t end);

/// Copies rows of a table: result row i is row indices[i], rows `first..<end` of the result.
void cpu_gather(
    const float *table, const int32_t *indices, float *result, int64_t width, int64_t first,
    int64_t end);

/// Sums numbers one after the other in double precision.
float cpu_sum_partials(const float *x, int64_t count);

/// The first place whose index is not in `least..<limit`, or -1.
int64_t cpu_find_index_outside(
    const int32_t *indices, int64_t count, int32_t least, int32_t limit);

#pragma clang assume_nonnull end

#endif
