// Matrix products by tiles of product_rows rows and up to PRODUCT_VECTORS vectors of columns, whose
// sums stay in registers over a stretch of `product_depth` terms.
//
// Each element is the sum, stretch after stretch, of sums of consecutive terms, so its bits do not
// depend on how a result is cut into tiles or pieces, and with fused multiply-adds not on the
// instruction set.

enum {
  product_depth = cpu_product_depth,
  product_rows = cpu_product_rows,
  product_columns = cpu_product_columns,
  product_block = cpu_product_block,
  product_panel = 16 * PRODUCT_VECTORS,
  // A second factor is read from panels only, whose rows follow one another.
  product_has_panels = PRODUCT_VECTORS == 1,
  product_half = product_rows / 2,
  product_unrolled = 8,  // terms
};

// One term of a tile's sums. Of rows that are `row_step` apart, those from `product_half` on are read
// through a pointer of their own, so that each address is one register, another times 1 or 2, and a
// constant.
INLINE void product_term(
    const bool by_terms, const int rows, const int vectors,
    v16 sums[product_rows][PRODUCT_VECTORS], const float *a, const float *lower, int64_t row_step,
    const float *b) {
  v16 y[PRODUCT_VECTORS];
#pragma clang loop unroll(full)
  for (int j = 0; j < vectors; j++) y[j] = load(b + 16 * j);
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
    const float *row = i < product_half ? a : lower;
    v16 x = splat(by_terms ? a[i] : row[i % product_half * row_step]);
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) sums[i][j] += x * y[j];
  }
}

// c [rows, 16 vectors] = or += a b over `depth` terms. The rows of a are `a_step` apart or, if
// `by_terms`, its terms are, each with its rows side by side.
INLINE void product_tile(
    const bool by_terms, const int rows, const int vectors, int64_t depth, const float *a,
    int64_t a_step, const float *b, int64_t b_step, float *c, int64_t c_step, bool add) {
  v16 sums[product_rows][PRODUCT_VECTORS];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) {
      sums[i][j] = (v16){};
      __builtin_prefetch(c + i * c_step + 16 * j, 1);
    }
  }
  if (product_has_panels) b_step = product_panel;
  int64_t term_step = by_terms ? a_step : 1;
  const float *lower = a + product_half * a_step;
  int64_t unrolled = depth / product_unrolled;
  depth -= unrolled * product_unrolled;
  for (; unrolled != 0; unrolled--) {
    // No instructions: they hide how the addresses came about. The compiler would compute some of them
    // anew for each term, and count more of them than the loop needs.
    __asm__("" : "+r"(a), "+r"(b));
    if (!by_terms) __asm__("" : "+r"(lower));
#pragma clang loop unroll(full)
    for (int u = 0; u < product_unrolled; u++) {
      product_term(
          by_terms, rows, vectors, sums, a + u * term_step, lower + u * term_step, a_step,
          b + u * b_step);
    }
    a += product_unrolled * term_step;
    lower += product_unrolled * term_step;
    b += product_unrolled * b_step;
  }
#pragma clang loop unroll(disable)
  for (; depth != 0; depth--) {
    product_term(by_terms, rows, vectors, sums, a, lower, a_step, b);
    a += term_step;
    lower += term_step;
    b += b_step;
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) {
      float *p = c + i * c_step + 16 * j;
      store(p, add ? load(p) + sums[i][j] : sums[i][j]);
    }
  }
}

typedef void (*product_kernel)(
    int64_t depth, const float *a, int64_t a_step, const float *b, int64_t b_step, float *c,
    int64_t c_step, bool add);

// Kernels for a whose rows are `a_step` apart, and for a whose terms are.
#define PRODUCT_KERNELS(rows, vectors)                                                         \
  static void product_rows_##rows##_##vectors(                                                 \
      int64_t depth, const float *a, int64_t a_step, const float *b, int64_t b_step, float *c, \
      int64_t c_step, bool add) {                                                              \
    product_tile(false, rows, vectors, depth, a, a_step, b, b_step, c, c_step, add);           \
  }                                                                                            \
  static void product_terms_##rows##_##vectors(                                                \
      int64_t depth, const float *a, int64_t a_step, const float *b, int64_t b_step, float *c, \
      int64_t c_step, bool add) {                                                              \
    product_tile(true, rows, vectors, depth, a, a_step, b, b_step, c, c_step, add);            \
  }
#define PRODUCT_HEIGHTS(vectors)                                                             \
  PRODUCT_KERNELS(1, vectors)                                                                \
  PRODUCT_KERNELS(2, vectors)                                                                \
  PRODUCT_KERNELS(3, vectors)                                                                \
  PRODUCT_KERNELS(4, vectors)                                                                \
  PRODUCT_KERNELS(5, vectors)                                                                \
  PRODUCT_KERNELS(6, vectors)                                                                \
  static const product_kernel product_kernels_##vectors[2][product_rows] = {                 \
      {product_rows_1_##vectors, product_rows_2_##vectors, product_rows_3_##vectors,         \
       product_rows_4_##vectors, product_rows_5_##vectors, product_rows_6_##vectors},        \
      {product_terms_1_##vectors, product_terms_2_##vectors, product_terms_3_##vectors,      \
       product_terms_4_##vectors, product_terms_5_##vectors, product_terms_6_##vectors}};

PRODUCT_HEIGHTS(1)
#if PRODUCT_VECTORS == 4
PRODUCT_HEIGHTS(2)
PRODUCT_HEIGHTS(3)
PRODUCT_HEIGHTS(4)
static const product_kernel (*const product_kernels[PRODUCT_VECTORS])[product_rows] = {
    product_kernels_1, product_kernels_2, product_kernels_3, product_kernels_4};
#else
static const product_kernel (*const product_kernels[PRODUCT_VECTORS])[product_rows] = {
    product_kernels_1};
#endif

// c [rows, columns] = or += a b for at most product_rows rows and one panel of columns, of which b
// holds whole vectors.
INLINE void product_panel_rows(
    bool by_terms, int64_t rows, int64_t columns, int64_t depth, const float *a, int64_t a_step,
    const float *b, int64_t b_step, float *c, int64_t c_step, bool add) {
  int64_t vectors = (columns + 15) / 16;
  product_kernel kernel = product_kernels[vectors - 1][by_terms][rows - 1];
  if (columns == 16 * vectors) {
    kernel(depth, a, a_step, b, b_step, c, c_step, add);
    return;
  }
  float whole[product_rows * product_panel];
  kernel(depth, a, a_step, b, b_step, whole, product_panel, false);
  for (int64_t i = 0; i < rows; i++) {
    for (int64_t j = 0; j < columns; j++) {
      float x = whole[i * product_panel + j];
      c[i * c_step + j] = add ? c[i * c_step + j] + x : x;
    }
  }
}

// Packs b [depth, columns] into panels [depth, product_panel], each vector filled up with zeros.
static void product_pack_rows(
    const float *b, int64_t stride, int64_t depth, int64_t columns, float *packed) {
  for (int64_t k = 0; k < depth; k++) {
    for (int64_t j = 0; j < columns; j += 16) {
      float *panel = packed + j / product_panel * product_panel * depth;
      store(
          panel + k * product_panel + j % product_panel, load_row(b + k * stride, j, columns));
    }
  }
}

// The same for b stored as [columns, depth].
static void product_pack_transposed(
    const float *b, int64_t stride, int64_t depth, int64_t columns, float *packed) {
  for (int64_t j = 0; j < columns; j += 16) {
    float *panel = packed + j / product_panel * product_panel * depth + j % product_panel;
    for (int64_t k = 0; k < depth; k += 16) {
      v16 rows[16];
      for (int i = 0; i < 16; i++) {
        rows[i] = j + i < columns ? load_row(b + (j + i) * stride, k, depth) : splat(0);
        __builtin_prefetch(b + (j + i + 64) * stride + k, 0, 2);
      }
      transpose(rows);
      int64_t count = depth - k < 16 ? depth - k : 16;
      for (int64_t i = 0; i < count; i++) store(panel + (k + i) * product_panel, rows[i]);
    }
  }
}

static void product_pack(
    bool transposed, const float *b, int64_t stride, int64_t depth, int64_t columns,
    float *packed) {
  if (transposed) {
    product_pack_transposed(b, stride, depth, columns, packed);
  } else {
    product_pack_rows(b, stride, depth, columns, packed);
  }
}

// Packs a block of a transposed first factor: the rows of a tile after those of another, each tile's
// terms side by side. All tiles get a few terms before the next, so that rows are read in order.
INLINE void product_pack_block(
    const float *a, int64_t stride, int64_t depth, int64_t height, float *block) {
  enum { terms = 8 };
  for (int64_t first = 0; first < depth; first += terms) {
    int64_t end = first + terms < depth ? first + terms : depth;
    for (int64_t i = 0; i < height; i += product_rows) {
      bool is_whole = i + product_rows <= height;
      for (int64_t k = first; k < end; k++) {
        const float *from = a + k * stride + i;
        float *to = block + i * depth + k * product_rows;
        __builtin_prefetch(from + terms * stride, 0, 2);
        if (is_whole) {
          memcpy(to, from, product_rows * 4);
        } else {
          memcpy(to, from, (size_t)(height - i) * 4);
        }
      }
    }
  }
}

// A part of the first factor that will be read soon, row after row: rows may be too far apart for the
// processor to foresee them.
typedef struct {
  const float *row;
  int64_t stride, length;
  int64_t at;  // in `row`
  int64_t line_count;
  int64_t lines_of_tile;  // to fetch with each tile that is multiplied
} product_ahead;

// The block of rows after `first`, or the first of the next stretch; with `depth` terms.
static product_ahead product_ahead_of(
    const cpu_product *p, int64_t first, int64_t at, int64_t depth, int64_t tiles) {
  first += product_block;
  if (first >= p->m) {
    first = 0;
    at += depth;
  }
  int64_t rows = p->m - first < product_block ? p->m - first : product_block;
  int64_t terms = p->k - at < depth ? p->k - at : depth;
  if (terms <= 0) return (product_ahead){};
  int64_t length = p->transpose_a ? rows : terms;
  int64_t lines = (p->transpose_a ? terms : rows) * ((length + 15) / 16);
  return (product_ahead){
      .row = p->a + (p->transpose_a ? at * p->a_stride + first : first * p->a_stride + at),
      .stride = p->a_stride,
      .length = length,
      .line_count = lines,
      .lines_of_tile = lines / tiles + 1,
  };
}

// Fetches a tile's share into the second cache.
INLINE void product_fetch(product_ahead *ahead) {
  int64_t count =
      ahead->lines_of_tile < ahead->line_count ? ahead->lines_of_tile : ahead->line_count;
  for (int64_t i = 0; i < count; i++) {
    __builtin_prefetch(ahead->row + ahead->at, 0, 2);
    ahead->at += 16;
    if (ahead->at >= ahead->length) {
      ahead->at = 0;
      ahead->row += ahead->stride;
    }
  }
  ahead->line_count -= count;
}

// A stretch of terms of a product, `at` the first. The panels of b begin `panel_step` apart.
static void product_stretch(
    const cpu_product *p, int64_t first_column, int64_t columns, int64_t at, int64_t depth,
    const float *b, int64_t panel_step, int64_t b_step, float *block) {
  bool add = p->add || at > 0;
  int64_t panels = (columns + product_panel - 1) / product_panel;
  for (int64_t first = 0; first < p->m; first += product_block) {
    int64_t height = p->m - first < product_block ? p->m - first : product_block;
    const float *a = p->a + first * p->a_stride + at;
    int64_t a_step = p->a_stride, row_step = p->a_stride;
    if (p->transpose_a) {
      product_pack_block(p->a + at * p->a_stride + first, p->a_stride, depth, height, block);
      a = block;
      a_step = product_rows;
      row_step = depth;
    }
    product_ahead ahead = product_ahead_of(
        p, first, at, depth, panels * ((height + product_rows - 1) / product_rows));
    float *c = p->c + first * p->c_stride + first_column;
    for (int64_t j = 0; j < columns; j += product_panel) {
      int64_t width = columns - j < product_panel ? columns - j : product_panel;
      for (int64_t i = 0; i < height; i += product_rows) {
        int64_t rows = height - i < product_rows ? height - i : product_rows;
        product_fetch(&ahead);
        product_panel_rows(
            p->transpose_a, rows, width, depth, a + i * row_step, a_step,
            b + j / product_panel * panel_step, b_step, c + i * p->c_stride + j, p->c_stride, add);
      }
    }
  }
}

// A tile of one vector reads a cache line of each row, a wider one several side by side.
static bool product_packs(bool transpose_b, int64_t b_stride) {
  return transpose_b || product_has_panels || (b_stride > 1024 && b_stride % 256 == 0);
}

static void product(const cpu_product *p, float *scratch) {
  float *block = scratch + product_columns * product_depth;
  for (int64_t j = 0; j < p->n; j += product_columns) {
    int64_t columns = p->n - j < product_columns ? p->n - j : product_columns;
    for (int64_t k = 0; k < p->k; k += product_depth) {
      int64_t depth = p->k - k < product_depth ? p->k - k : product_depth;
      const float *packed =
          p->packed_b ? p->packed_b + k * p->packed_columns + (p->packed_first + j) * depth : 0;
      if (!packed) {
        const float *b = p->transpose_b ? p->b + j * p->b_stride + k : p->b + k * p->b_stride + j;
        if (!product_packs(p->transpose_b, p->b_stride)) {
          product_stretch(p, j, columns, k, depth, b, product_panel, p->b_stride, block);
          continue;
        }
        product_pack(p->transpose_b, b, p->b_stride, depth, columns, scratch);
        packed = scratch;
      }
      product_stretch(
          p, j, columns, k, depth, packed, product_panel * depth, product_panel, block);
    }
  }
}
