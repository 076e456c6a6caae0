// Causal attention by a few query rows at a time: only their scores exist.

enum {
  // Query rows of which a gradient keeps the scores: a multiple of product_rows.
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

// Rows [rows, width] of keys, values or queries, packed as the second factor of products over them.
typedef struct {
  float *first;
  int64_t row_step;
  int64_t column_step;  // for a column that begins a panel
} attention_rows;

static attention_rows attention_rows_at(const attention_head *h, float *packed, int64_t rows) {
  return product_has_panels ? (attention_rows){packed, product_panel, rows}
                            : (attention_rows){packed, h->padded_width, 1};
}

// The same rows from one of them on.
INLINE attention_rows attention_rows_from(attention_rows packed, int64_t row) {
  packed.first += row * packed.row_step;
  return packed;
}

// Packs rows that are `step` apart.
static void attention_pack_rows(
    const attention_head *h, const float *x, int64_t step, int64_t rows, attention_rows packed) {
  for (int64_t i = 0; i < rows; i++) {
    float *to = packed.first + i * packed.row_step;
    for (int64_t j = 0; j < h->padded_width; j += 16) {
      store(to + j * packed.column_step, load_row(x + i * step, j, h->sizes->width));
      __builtin_prefetch(x + (i + 64) * step + j, 0, 2);
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
    attention_rows packed, float *result) {
  int64_t width = h->sizes->width;
  for (int64_t at = 0; at < count; at += product_depth) {
    int64_t depth = count - at < product_depth ? count - at : product_depth;
    for (int64_t j = 0; j < width; j += product_panel) {
      int64_t columns = width - j < product_panel ? width - j : product_panel;
      product_panel_rows(
          false, rows, columns, depth, scores + at, h->score_step,
          packed.first + j * packed.column_step + at * packed.row_step, packed.row_step,
          result + j, h->query_step, at > 0);
    }
  }
}

// result [keys of a tile, width] += the transpose of scores [count, ...] times packed rows of queries.
INLINE void attention_mix_transposed(
    const attention_head *h, const float *scores, int64_t keys, int64_t count,
    attention_rows packed, float *result) {
  int64_t width = h->sizes->width;
  for (int64_t j = 0; j < width; j += product_panel) {
    int64_t columns = width - j < product_panel ? width - j : product_panel;
    product_panel_rows(
        true, keys, columns, count, scores, h->score_step,
        packed.first + j * packed.column_step, packed.row_step, result + j, h->key_step, true);
  }
}

// Fetches the next `rows` rows of a tensor of queries: they lie too far apart for the processor to
// foresee them.
INLINE void attention_fetch(const attention_head *h, const float *x, int64_t rows) {
  for (int64_t i = 0; i < rows; i++) {
    for (int64_t j = 0; j < h->sizes->width; j += 16) __builtin_prefetch(x + i * h->query_step + j);
  }
}

// The keys of some query rows: of row r the first `count + r`.
typedef struct {
  int64_t rows;
  int64_t count;
  int64_t end;  // scores up to here exist for all rows
  float scale;
  const int32_t *key_documents;  // may be NULL
  const int32_t *query_documents;
} attention_span;

static attention_span attention_span_of(
    const attention_head *h, int64_t row, int64_t end, int64_t start, int64_t scores) {
  return (attention_span){
      .rows = end - row,
      .count = row + 1 - start,
      .end = scores,
      .scale = h->sizes->scale,
      .key_documents = h->documents ? h->documents + start : 0,
      .query_documents = h->documents ? h->documents + row : 0,
  };
}

// Scales a row of scores, hides the keys that it may not read, and gives the largest.
INLINE float attention_hide(const attention_span *s, int64_t row, float *scores) {
  int64_t count = s->count + row;
  v16 high = splat(-INFINITY);
  for (int64_t j = 0; j < count; j += 16) {
    v16 x = load(scores + j) * s->scale;
    if (j + 16 > count) x = choose(lanes < (int32_t)(count - j), x, splat(-INFINITY));
    if (s->key_documents) {
      i16 ids = as_int(load_row((const float *)s->key_documents, j, count));
      x = choose(ids == s->query_documents[row], x, splat(-INFINITY));
    }
    store(scores + j, x);
    high = larger_number(high, x);
  }
  return largest_lane(high);
}

// Rows of scores, `step` apart, become softmaxes, not yet divided by their sums; those of hidden keys
// become zero. One pass over all rows follows another, so that one row waits while others work.
INLINE void attention_softmax(
    const attention_span *s, float *scores, int64_t step, float sums[product_rows]) {
  float largest[product_rows];
  for (int64_t r = 0; r < s->rows; r++) largest[r] = attention_hide(s, r, scores + r * step);
  for (int64_t r = 0; r < s->rows; r++) {
    float *row = scores + r * step;
    v16 sum = {};
    int64_t j = 0;
    for (; j < s->count + r; j += 16) {
      v16 x = exponential_of_nonpositive(load(row + j) - largest[r]);
      store(row + j, x);
      sum += x;
    }
    for (; j < s->end; j += 16) store(row + j, splat(0));
    sums[r] = add_lanes(sum);
  }
}

static void attention(
    const cpu_attention *sizes, const float *queries, const float *keys, const float *values,
    const int32_t *documents, float *result, float *scratch, int64_t piece) {
  int64_t batch = piece / sizes->heads, head = piece % sizes->heads;
  attention_head h =
      attention_head_at(sizes, queries, keys, values, documents, batch, head);
  int64_t rows = sizes->rows, width = sizes->width;
  float *packed_keys = scratch;
  attention_rows packed_values =
      attention_rows_at(&h, packed_keys + h.score_step * width, rows);
  float *scores = packed_values.first + rows * h.padded_width;
  product_pack_transposed(h.k, h.key_step, width, rows, packed_keys);
  attention_pack_rows(&h, h.v, h.key_step, rows, packed_values);
  float *out = result + batch * rows * h.query_step + head * width;
  for (int64_t row = 0; row < rows; row += product_rows) {
    int64_t end = row + product_rows < rows ? row + product_rows : rows;
    int64_t start = first_key(h.documents, row, end), count = end - start;
    int64_t coming = end + product_rows < rows ? product_rows : rows - end;
    attention_fetch(&h, h.q + end * h.query_step, coming);
    attention_fetch(&h, out + end * h.query_step, coming);
    attention_scores(
        &h, h.q + row * h.query_step, end - row, packed_keys, start, end, scores);
    attention_span span = attention_span_of(&h, row, end, start, count);
    float sums[product_rows];
    attention_softmax(&span, scores, h.score_step, sums);
    attention_mix(
        &h, scores, end - row, count, attention_rows_from(packed_values, start),
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

// Rows of scores become softmaxes p, and `changes`, the derivatives of each p, become those of the
// products of query and key: scale p (d - sum(p d)).
INLINE void attention_softmax_gradient(
    const attention_span *s, float *scores, float *changes, int64_t step) {
  float sums[product_rows], means[product_rows];
  attention_softmax(s, scores, step, sums);
  for (int64_t r = 0; r < s->rows; r++) {
    float *row = scores + r * step, *change = changes + r * step;
    float inverse = 1.0f / sums[r];
    v16 products = {};
    for (int64_t j = 0; j < s->count + r; j += 16) {
      v16 x = load(row + j) * inverse;
      store(row + j, x);
      products += x * load(change + j);
    }
    means[r] = add_lanes(products);
  }
  for (int64_t r = 0; r < s->rows; r++) {
    float *row = scores + r * step, *change = changes + r * step;
    int64_t j = 0;
    for (; j < s->count + r; j += 16) {
      store(change + j, load(row + j) * (load(change + j) - means[r]) * s->scale);
    }
    for (; j < s->end; j += 16) store(change + j, splat(0));
  }
}

// Adds to each key's row of `result` what the queries `row..<end` of a block give it: their weights,
// of keys from `start` on, times their rows of x. `packed` holds a block's rows of x.
static void attention_add_to_keys(
    const attention_head *h, const float *weights, const float *x, int64_t row, int64_t end,
    int64_t start, attention_rows packed, float *result) {
  attention_pack_rows(h, x + row * h->query_step, h->query_step, end - row, packed);
  for (int64_t key = start; key < end; key += product_rows) {
    int64_t keys = end - key < product_rows ? end - key : product_rows;
    // No query before a key gives it anything.
    int64_t skipped = key > row ? (key - row) / product_rows * product_rows : 0;
    attention_mix_transposed(
        h, weights + skipped * h->score_step + key - start, keys, end - row - skipped,
        attention_rows_from(packed, skipped), result + key * h->key_step);
  }
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
  attention_rows key_rows =
      attention_rows_at(&h, packed_values + h.score_step * width, rows);
  float *scores = key_rows.first + rows * h.padded_width;
  float *changes = scores + attention_block * h.score_step;
  attention_rows packed =
      attention_rows_at(&h, changes + attention_block * h.score_step, attention_block);
  product_pack_transposed(h.k, h.key_step, width, rows, packed_keys);
  product_pack_transposed(h.v, h.key_step, width, rows, packed_values);
  if (query_gradient) attention_pack_rows(&h, h.k, h.key_step, rows, key_rows);
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
      for (int64_t i = row; i < end; i += product_rows) {
        int64_t last = i + product_rows < end ? i + product_rows : end;
        float *p = scores + (i - row) * h.score_step, *d = changes + (i - row) * h.score_step;
        int64_t coming = last + product_rows < rows ? product_rows : rows - last;
        attention_fetch(&h, q + last * h.query_step, coming);
        attention_fetch(&h, g + last * h.query_step, coming);
        if (query_gradient) {
          attention_fetch(&h, query_gradient + queries_at + last * h.query_step, coming);
        }
        attention_scores(&h, q + i * h.query_step, last - i, packed_keys, start, last, p);
        attention_scores(&h, g + i * h.query_step, last - i, packed_values, start, last, d);
        // The tile of keys that holds the last of these may reach beyond it.
        attention_span span =
            attention_span_of(&h, i, last, start, last - start + product_rows);
        attention_softmax_gradient(&span, p, d, h.score_step);
        if (query_gradient) {
          attention_mix(
              &h, d, last - i, last - start, attention_rows_from(key_rows, start),
              query_gradient + queries_at + i * h.query_step);
        }
      }
      if (dk) attention_add_to_keys(&h, changes, q, row, end, start, packed, dk);
      if (dv) attention_add_to_keys(&h, scores, g, row, end, start, packed, dv);
    }
  }
}
