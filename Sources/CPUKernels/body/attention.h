// Causal attention by a few query rows at a time: only their scores exist.

enum {
  // Query rows of which a gradient keeps the scores: a multiple of PRODUCT_ROWS.
  attention_block = cpu_attention_block,
  // Scores begin at a multiple of this key, so that their lanes, and the order of sums, are the same
  // on every instruction set.
  attention_keys = cpu_attention_keys,
};

// One head's part of the operands, and its keys and values packed for products.
typedef struct {
  const cpu_attention *sizes;
  const float *q, *k, *v;
  const int32_t *documents;
  int64_t query_step, key_step;
  int64_t score_step;
  int64_t padded_width;  // a whole number of vectors
} attention_head;

static attention_head attention_head_at(
    const cpu_attention *sizes, const float *queries, const float *keys, const float *values,
    const int32_t *documents, int64_t batch, int64_t head) {
  int64_t group = head / (sizes->heads / sizes->groups);
  int64_t query_step = sizes->heads * sizes->width, key_step = sizes->groups * sizes->width;
  int64_t row = batch * sizes->rows;
  return (attention_head){
      .sizes = sizes,
      .q = queries + row * query_step + head * sizes->width,
      .k = keys + row * key_step + group * sizes->width,
      .v = values + row * key_step + group * sizes->width,
      .documents = documents ? documents + row : 0,
      .query_step = query_step,
      .key_step = key_step,
      .score_step = cpu_attention_score_step(sizes),
      .padded_width = (sizes->width + 15) / 16 * 16,
  };
}

// Packs keys or values [rows, width] as the second factor of a product over their rows.
static void attention_pack_rows(const attention_head *h, const float *x, float *packed) {
  for (int64_t i = 0; i < h->sizes->rows; i++) {
    for (int64_t j = 0; j < h->padded_width; j += 16) {
      store(packed + i * h->padded_width + j, load_row(x + i * h->key_step, j, h->sizes->width));
    }
  }
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
  return first / attention_keys * attention_keys;
}

// scores [rows, ...] of keys `start..<end`: x times the packed transpose of keys or values, in whole
// vectors.
INLINE void attention_scores(
    const attention_head *h, const float *x, int64_t rows, const float *packed, int64_t start,
    int64_t end, float *scores) {
  int64_t width = h->sizes->width;
  for (int64_t j = start; j < end; j += product_panel) {
    int64_t columns = end - j < product_panel ? (end - j + 15) / 16 * 16 : product_panel;
    product_panel_rows(
        false, rows, columns, width, x, h->query_step, packed + j * width, product_panel,
        scores + j - start, h->score_step, false);
  }
}

// result [rows, width] = scores of `count` keys times packed rows of keys or values.
INLINE void attention_mix(
    const attention_head *h, const float *scores, int64_t rows, int64_t count,
    const float *packed, float *result) {
  int64_t width = h->sizes->width;
  for (int64_t at = 0; at < count; at += product_depth) {
    int64_t depth = count - at < product_depth ? count - at : product_depth;
    for (int64_t j = 0; j < width; j += product_panel) {
      int64_t columns = width - j < product_panel ? width - j : product_panel;
      product_panel_rows(
          false, rows, columns, depth, scores + at, h->score_step,
          packed + at * h->padded_width + j, h->padded_width, result + j, h->query_step, at > 0);
    }
  }
}

// result [keys of a tile, width] += the transpose of scores [count, ...] times x [count, width].
INLINE void attention_mix_transposed(
    const attention_head *h, const float *scores, int64_t keys, int64_t count, const float *x,
    float *result) {
  int64_t width = h->sizes->width;
  for (int64_t j = 0; j < width; j += product_panel) {
    int64_t columns = width - j < product_panel ? width - j : product_panel;
    product_panel_rows(
        true, keys, columns, count, scores, h->score_step, x + j, h->padded_width, result + j,
        h->key_step, true);
  }
}

// A row of scores becomes a softmax of the scaled scores, not yet divided by its sum, which is
// returned. `count` keys are allowed; up to `end` the rest becomes zero.
static float attention_row(
    float *scores, float scale, int64_t count, int64_t end, const int32_t *documents,
    int32_t own) {
  v16 high = splat(-INFINITY);
  int64_t used = (count + 15) / 16 * 16;
  for (int64_t j = 0; j < used; j += 16) {
    v16 x = load(scores + j) * scale;
    if (j + 16 > count) x = choose(lanes < (int32_t)(count - j), x, splat(-INFINITY));
    if (documents) {
      i16 ids = as_int(load_row((const float *)documents, j, count));
      x = choose(ids == own, x, splat(-INFINITY));
    }
    store(scores + j, x);
    high = larger(high, x);
  }
  float largest = largest_lane(high);
  v16 sums = {};
  for (int64_t j = 0; j < used; j += 16) {
    v16 x = exponential_of_nonpositive(load(scores + j) - largest);
    store(scores + j, x);
    sums += x;
  }
  for (int64_t j = used; j < end; j += 16) store(scores + j, splat(0));
  return add_lanes(sums);
}

static void attention(
    const cpu_attention *sizes, const float *queries, const float *keys, const float *values,
    const int32_t *documents, float *result, float *scratch, int64_t piece) {
  int64_t batch = piece / sizes->heads, head = piece % sizes->heads;
  attention_head h =
      attention_head_at(sizes, queries, keys, values, documents, batch, head);
  int64_t rows = sizes->rows, width = sizes->width;
  float *packed_keys = scratch;
  float *packed_values = packed_keys + h.score_step * width;
  float *scores = packed_values + rows * h.padded_width;
  product_pack_transposed(h.k, h.key_step, width, rows, packed_keys);
  attention_pack_rows(&h, h.v, packed_values);
  float *out = result + batch * rows * h.query_step + head * width;
  for (int64_t row = 0; row < rows; row += PRODUCT_ROWS) {
    int64_t end = row + PRODUCT_ROWS < rows ? row + PRODUCT_ROWS : rows;
    int64_t start = first_key(h.documents, row, end), count = end - start;
    attention_scores(
        &h, h.q + row * h.query_step, end - row, packed_keys, start, end, scores);
    float sums[PRODUCT_ROWS];
    for (int64_t i = row; i < end; i++) {
      sums[i - row] = attention_row(
          scores + (i - row) * h.score_step, sizes->scale, i + 1 - start, count,
          h.documents ? h.documents + start : 0, h.documents ? h.documents[i] : 0);
    }
    attention_mix(
        &h, scores, end - row, count, packed_values + start * h.padded_width,
        out + row * h.query_step);
    for (int64_t i = row; i < end; i++) {
      float scale = 1.0f / sums[i - row];
      float *o = out + i * h.query_step;
      for (int64_t j = 0; j < width; j += 16) {
        store_row(o, j, width, load_row(o, j, width) * scale);
      }
    }
  }
}

// A row of scores becomes the softmax p, and `changes`, the derivative of each p, becomes that of
// the product of query and key: scale p (d - sum(p d)).
static void attention_row_gradient(
    float *scores, float *changes, float scale, int64_t count, int64_t end,
    const int32_t *documents, int32_t own) {
  float inverse = 1.0f / attention_row(scores, scale, count, end, documents, own);
  int64_t used = (count + 15) / 16 * 16;
  v16 products = {};
  for (int64_t j = 0; j < used; j += 16) {
    v16 x = load(scores + j) * inverse;
    store(scores + j, x);
    products += x * load(changes + j);
  }
  float mean = add_lanes(products);
  for (int64_t j = 0; j < used; j += 16) {
    store(changes + j, load(scores + j) * (load(changes + j) - mean) * scale);
  }
  for (int64_t j = used; j < end; j += 16) store(changes + j, splat(0));
}

// With P the softmax and D = g v^T: d scores = P (D - sum(P D)), by arXiv 2205.14135, appendix B.
static void attention_gradient(
    const cpu_attention *sizes, const float *queries, const float *keys, const float *values,
    const int32_t *documents, const float *gradient, float *query_gradient, float *key_gradient,
    float *value_gradient, float *scratch, int64_t piece) {
  int64_t batch = piece / sizes->groups, group = piece % sizes->groups;
  int64_t members = sizes->heads / sizes->groups;
  int64_t rows = sizes->rows, width = sizes->width;
  attention_head h =
      attention_head_at(sizes, queries, keys, values, documents, batch, group * members);
  float *packed_keys = scratch;
  float *packed_values = packed_keys + h.score_step * width;
  float *key_rows = packed_values + h.score_step * width;
  float *scores = key_rows + rows * h.padded_width;
  float *changes = scores + attention_block * h.score_step;
  float *block = changes + attention_block * h.score_step;
  product_pack_transposed(h.k, h.key_step, width, rows, packed_keys);
  product_pack_transposed(h.v, h.key_step, width, rows, packed_values);
  if (query_gradient) attention_pack_rows(&h, h.k, key_rows);
  int64_t keys_at = batch * rows * h.key_step + group * width;
  float *dk = key_gradient ? key_gradient + keys_at : 0;
  float *dv = value_gradient ? value_gradient + keys_at : 0;
  for (int64_t i = 0; i < rows; i++) {
    if (dk) memset(dk + i * h.key_step, 0, (size_t)width * 4);
    if (dv) memset(dv + i * h.key_step, 0, (size_t)width * 4);
  }
  for (int64_t head = group * members; head < (group + 1) * members; head++) {
    int64_t queries_at = batch * rows * h.query_step + head * width;
    const float *q = queries + queries_at, *g = gradient + queries_at;
    for (int64_t row = 0; row < rows; row += attention_block) {
      int64_t end = row + attention_block < rows ? row + attention_block : rows;
      int64_t start = first_key(h.documents, row, end);
      const int32_t *ids = h.documents ? h.documents + start : 0;
      for (int64_t i = row; i < end; i += PRODUCT_ROWS) {
        int64_t last = i + PRODUCT_ROWS < end ? i + PRODUCT_ROWS : end;
        float *p = scores + (i - row) * h.score_step, *d = changes + (i - row) * h.score_step;
        attention_scores(&h, q + i * h.query_step, last - i, packed_keys, start, last, p);
        attention_scores(&h, g + i * h.query_step, last - i, packed_values, start, last, d);
        for (int64_t r = i; r < last; r++) {
          // The tile of keys that holds the last of these may reach beyond it.
          attention_row_gradient(
              p + (r - i) * h.score_step, d + (r - i) * h.score_step, sizes->scale,
              r + 1 - start, last - start + PRODUCT_ROWS, ids, ids ? h.documents[r] : 0);
        }
        if (query_gradient) {
          attention_mix(
              &h, d, last - i, last - start, key_rows + start * h.padded_width,
              query_gradient + queries_at + i * h.query_step);
        }
      }
      // Each key gets from the queries at and after it; the scores of a block's later keys exist
      // only from the tile of rows on that holds them.
      float *outputs[2] = {dk, dv};
      const float *factors[2] = {q, g}, *weights[2] = {changes, scores};
      for (int which = 0; which < 2; which++) {
        if (!outputs[which]) continue;
        for (int64_t i = row; i < end; i++) {
          for (int64_t j = 0; j < h.padded_width; j += 16) {
            store(
                block + (i - row) * h.padded_width + j,
                load_row(factors[which] + i * h.query_step, j, width));
          }
        }
        for (int64_t key = start; key < end; key += PRODUCT_ROWS) {
          int64_t count = end - key < PRODUCT_ROWS ? end - key : PRODUCT_ROWS;
          int64_t skipped = key > row ? (key - row) / PRODUCT_ROWS * PRODUCT_ROWS : 0;
          attention_mix_transposed(
              &h, weights[which] + skipped * h.score_step + key - start, count,
              end - row - skipped, block + skipped * h.padded_width,
              outputs[which] + key * h.key_step);
        }
      }
    }
  }
}
