#include <string.h>

#include "cpu_table.h"

// Copies one axis after the other; the last axis runs by the longest steps that its strides allow.
static void copy_axes(
    const cpu_copy *layout, int64_t axis, const int32_t *source, int32_t *result) {
  int64_t extent = layout->extents[axis];
  int64_t from = layout->source_strides[axis], to = layout->result_strides[axis];
  if (axis + 1 < layout->rank) {
    for (int64_t i = 0; i < extent; i++) {
      copy_axes(layout, axis + 1, source + i * from, result + i * to);
    }
  } else if (from == 1 && to == 1) {
    memcpy(result, source, (size_t)extent * 4);
  } else if (from == 0 && to == 1) {
    for (int64_t i = 0; i < extent; i++) result[i] = *source;
  } else {
    for (int64_t i = 0; i < extent; i++) result[i * to] = source[i * from];
  }
}

void cpu_copy_elements(
    const cpu_copy *layout, const void *source, void *result, int64_t first, int64_t end) {
  for (int64_t i = first; i < end; i++) {
    const int32_t *from = (const int32_t *)source + i * layout->source_strides[0];
    int32_t *to = (int32_t *)result + i * layout->result_strides[0];
    if (layout->rank == 1) {
      *to = *from;
    } else {
      copy_axes(layout, 1, from, to);
    }
  }
}

void cpu_gather(
    const float *table, const int32_t *indices, float *result, int64_t width, int64_t first,
    int64_t end) {
  for (int64_t r = first; r < end; r++) {
    memcpy(result + r * width, table + indices[r] * width, (size_t)width * 4);
  }
}

float cpu_sum_partials(const float *x, int64_t count) {
  double sum = 0;
  for (int64_t i = 0; i < count; i++) sum += x[i];
  return (float)sum;
}

int64_t cpu_find_index_outside(
    const int32_t *indices, int64_t count, int32_t least, int32_t limit) {
  for (int64_t i = 0; i < count; i++) {
    if (indices[i] < least || indices[i] >= limit) return i;
  }
  return -1;
}

int64_t cpu_attention_score_step(const cpu_attention *sizes) {
  return (sizes->rows + cpu_attention_keys - 1) / cpu_attention_keys * cpu_attention_keys + 16;
}

int64_t cpu_attention_scratch(const cpu_attention *sizes) {
  // What the gradient needs, which is more: packed keys and values, the keys' rows, two blocks of
  // scores, and a block of queries. See body/attention.h.
  int64_t step = cpu_attention_score_step(sizes), width = (sizes->width + 15) / 16 * 16;
  return 2 * step * sizes->width + sizes->rows * width +
         cpu_attention_block * (2 * step + width);
}
