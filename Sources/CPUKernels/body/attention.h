// Causal attention by blocks of query rows: only a block's scores exist at a time.

enum { attention_block = 64 };

// A row of scores up to its own position becomes a softmax, not yet divided by its sum, which is
// returned. `count` keys are allowed; up to `end`, a multiple of 16, the rest becomes zero.
static float attention_row(
    float *scores, int64_t count, int64_t end, const int32_t *documents, int32_t own) {
  v16 high = splat(-INFINITY);
  int64_t used = (count + 15) / 16 * 16;
  for (int64_t j = 0; j < used; j += 16) {
    i16 allowed = lanes < (int32_t)(count - j);
    if (documents) {
      i16 ids = {};
      if (j + 16 <= count) {
        ids = load_int(documents + j);
      } else {
        for (int64_t i = 0; i < count - j; i++) ids[i] = documents[j + i];
      }
      allowed &= ids == own;
    }
    v16 x = choose(allowed, load(scores + j), splat(-INFINITY));
    store(scores + j, x);
    high = larger(high, x);
  }
  float largest = largest_lane(high);
  v16 sums = {};
  for (int64_t j = 0; j < used; j += 16) {
    v16 x = exponential(load(scores + j) - largest);
    store(scores + j, x);
    sums += x;
  }
  for (int64_t j = used; j < end; j += 16) store(scores + j, splat(0));
  return add_lanes(sums);
}

// The first key that a query of rows `row..<end` may read.
static int64_t first_key(const int32_t *documents, int64_t row, int64_t end) {
  if (!documents) return 0;
  int64_t first = row;
  for (int64_t i = row; i < end; i++) {
    for (int64_t j = 0; j < first; j++) {
      if (documents[j] == documents[i]) {
        first = j;
        break;
      }
    }
  }
  return first;
}

static void attention(
    const cpu_attention *sizes, const float *queries, const float *keys, const float *values,
    const int32_t *documents, float *result, float *scratch, int64_t piece) {
  int64_t rows = sizes->rows, width = sizes->width;
  int64_t batch = piece / sizes->heads, head = piece % sizes->heads;
  int64_t group = head / (sizes->heads / sizes->groups);
  int64_t query_stride = sizes->heads * width, key_stride = sizes->groups * width;
  const float *q = queries + batch * rows * query_stride + head * width;
  const float *k = keys + batch * rows * key_stride + group * width;
  const float *v = values + batch * rows * key_stride + group * width;
  const int32_t *ids = documents ? documents + batch * rows : 0;
  float *out = result + batch * rows * query_stride + head * width;
  for (int64_t row = 0; row < rows; row += attention_block) {
    int64_t end = row + attention_block < rows ? row + attention_block : rows;
    int64_t start = first_key(ids, row, end), count = end - start;
    int64_t stride = (count + 15) / 16 * 16;
    cpu_product(
        false, true, end - row, count, width, sizes->scale, q + row * query_stride, query_stride,
        k + start * key_stride, key_stride, 0, scratch, stride);
    float sums[attention_block];
    for (int64_t i = row; i < end; i++) {
      sums[i - row] = attention_row(
          scratch + (i - row) * stride, i + 1 - start, stride, ids ? ids + start : 0,
          ids ? ids[i] : 0);
    }
    cpu_product(
        false, false, end - row, width, count, 1, scratch, stride, v + start * key_stride,
        key_stride, 0, out + row * query_stride, query_stride);
    for (int64_t i = row; i < end; i++) {
      float scale = 1.0f / sums[i - row];
      float *o = out + i * query_stride;
      for (int64_t j = 0; j < width; j += 16) {
        store_row(o, j, width, load_row(o, j, width) * scale);
      }
    }
  }
}

// With P the softmax and D = g v^T: d scores = P (D - sum(P D)), by arXiv 2205.14135, appendix B.
static void attention_gradient(
    const cpu_attention *sizes, const float *queries, const float *keys, const float *values,
    const int32_t *documents, const float *gradient, float *query_gradient, float *key_gradient,
    float *value_gradient, float *scratch, int64_t piece) {
  int64_t rows = sizes->rows, width = sizes->width;
  int64_t batch = piece / sizes->groups, group = piece % sizes->groups;
  int64_t members = sizes->heads / sizes->groups;
  int64_t query_stride = sizes->heads * width, key_stride = sizes->groups * width;
  int64_t keys_at = batch * rows * key_stride + group * width;
  const float *k = keys + keys_at, *v = values + keys_at;
  const int32_t *ids = documents ? documents + batch * rows : 0;
  float *dk = key_gradient ? key_gradient + keys_at : 0;
  float *dv = value_gradient ? value_gradient + keys_at : 0;
  for (int64_t i = 0; i < rows; i++) {
    if (dk) memset(dk + i * key_stride, 0, (size_t)width * 4);
    if (dv) memset(dv + i * key_stride, 0, (size_t)width * 4);
  }
  float *changes = scratch + attention_block * ((rows + 15) / 16 * 16);
  for (int64_t head = group * members; head < (group + 1) * members; head++) {
    int64_t queries_at = batch * rows * query_stride + head * width;
    const float *q = queries + queries_at, *g = gradient + queries_at;
    for (int64_t row = 0; row < rows; row += attention_block) {
      int64_t end = row + attention_block < rows ? row + attention_block : rows;
      int64_t start = first_key(ids, row, end), count = end - start;
      int64_t stride = (count + 15) / 16 * 16;
      const float *q_block = q + row * query_stride, *g_block = g + row * query_stride;
      cpu_product(
          false, true, end - row, count, width, sizes->scale, q_block, query_stride,
          k + start * key_stride, key_stride, 0, scratch, stride);
      cpu_product(
          false, true, end - row, count, width, 1, g_block, query_stride, v + start * key_stride,
          key_stride, 0, changes, stride);
      for (int64_t i = row; i < end; i++) {
        float *p = scratch + (i - row) * stride, *d = changes + (i - row) * stride;
        int64_t used = (i + 1 - start + 15) / 16 * 16;
        float sum = attention_row(
            p, i + 1 - start, stride, ids ? ids + start : 0, ids ? ids[i] : 0);
        float scale = 1.0f / sum;
        v16 products = {};
        for (int64_t j = 0; j < used; j += 16) {
          v16 x = load(p + j) * scale, y = load(d + j);
          if (j + 16 > count) y = choose(lanes < (int32_t)(count - j), y, splat(0));
          store(p + j, x);
          store(d + j, y);
          products += x * y;
        }
        float mean = add_lanes(products);
        for (int64_t j = 0; j < used; j += 16) {
          store(d + j, load(p + j) * (load(d + j) - mean) * sizes->scale);
        }
        for (int64_t j = used; j < stride; j += 16) store(d + j, splat(0));
      }
      if (query_gradient) {
        cpu_product(
            false, false, end - row, width, count, 1, changes, stride, k + start * key_stride,
            key_stride, 0, query_gradient + queries_at + row * query_stride, query_stride);
      }
      if (dk) {
        cpu_product(
            true, false, count, width, end - row, 1, changes, stride, q_block, query_stride, 1,
            dk + start * key_stride, key_stride);
      }
      if (dv) {
        cpu_product(
            true, false, count, width, end - row, 1, scratch, stride, g_block, query_stride, 1,
            dv + start * key_stride, key_stride);
      }
    }
  }
}
