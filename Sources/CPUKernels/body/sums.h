// Reductions and the adding of rows.

INLINE float sum_row(const float *x, int64_t count) {
  v16 sums = {};
  for (int64_t j = 0; j < count; j += 16) sums += load_row(x, j, count);
  return add_lanes(sums);
}

static void sum(
    const float *x, float *result, int64_t extent, int64_t inner, int64_t first, int64_t end,
    int64_t first_column, int64_t end_column) {
  if (inner == 1) {
    for (int64_t o = first; o < end; o++) result[o] = sum_row(x + o * extent, extent);
    return;
  }
  int64_t count = end_column - first_column;
  for (int64_t o = first; o < end; o++) {
    float *out = result + o * inner + first_column;
    memset(out, 0, (size_t)count * 4);
    for (int64_t i = 0; i < extent; i++) {
      const float *row = x + (o * extent + i) * inner + first_column;
      for (int64_t j = 0; j < count; j += 16) {
        store_row(out, j, count, load_row(out, j, count) + load_row(row, j, count));
      }
    }
  }
}

static void largest(
    const float *x, float *result, int64_t extent, int64_t inner, int64_t first, int64_t end,
    int64_t first_column, int64_t end_column) {
  if (inner == 1) {
    for (int64_t o = first; o < end; o++) result[o] = largest_of_row(true, x + o * extent, extent);
    return;
  }
  int64_t count = end_column - first_column;
  for (int64_t o = first; o < end; o++) {
    float *out = result + o * inner + first_column;
    memcpy(out, x + o * extent * inner + first_column, (size_t)count * 4);
    for (int64_t i = 1; i < extent; i++) {
      const float *row = x + (o * extent + i) * inner + first_column;
      for (int64_t j = 0; j < count; j += 16) {
        store_row(out, j, count, larger(load_row(out, j, count), load_row(row, j, count)));
      }
    }
  }
}

static void scatter_add(
    const int32_t *indices, const float *updates, float *result, int64_t count, int64_t width,
    int64_t first, int64_t end) {
  memset(result + first * width, 0, (size_t)((end - first) * width) * 4);
  for (int64_t i = 0; i < count; i++) {
    if (indices[i] < first || indices[i] >= end) continue;
    float *out = result + indices[i] * width;
    const float *row = updates + i * width;
    for (int64_t j = 0; j < width; j += 16) {
      store_row(out, j, width, load_row(out, j, width) + load_row(row, j, width));
    }
  }
}
