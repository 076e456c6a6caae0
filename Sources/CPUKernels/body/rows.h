// Kernels that work row by row.

// The largest of a row; with `keeps_nans`, a NaN where there is one. Four maxima side by side keep the
// processor busy.
INLINE float largest_of_row(const bool keeps_nans, const float *x, int64_t count) {
  v16 high[4] = {splat(-INFINITY), splat(-INFINITY), splat(-INFINITY), splat(-INFINITY)};
  int64_t j = 0;
  for (; j + 64 <= count; j += 64) {
    for (int i = 0; i < 4; i++) {
      v16 y = load(x + j + 16 * i);
      high[i] = keeps_nans ? larger(high[i], y) : larger_number(high[i], y);
    }
  }
  for (; j < count; j += 16) {
    v16 y = load_row(x, j, count);
    if (j + 16 > count) y = choose(lanes < (int32_t)(count - j), y, splat(-INFINITY));
    high[0] = larger(high[0], y);
  }
  return largest_lane(larger(larger(high[0], high[1]), larger(high[2], high[3])));
}

// The largest of a row and the sum of e^(x - largest), a NaN if the row has one.
typedef struct {
  float largest, sum;
} row_exponentials;

// `result`, which may be NULL or x itself, gets the terms of the sum. The row at `next` is fetched
// meanwhile, as the largest is found faster than rows come from memory.
INLINE row_exponentials exponentials_of_row(
    const float *x, int64_t count, float *result, const float *next) {
  float largest = largest_of_row(false, x, count);
  v16 sums[2] = {};
  int64_t j = 0;
  for (; j + 32 <= count; j += 32) {
    for (int i = 0; i < 2; i++) {
      __builtin_prefetch(next + j + 16 * i, 0, 2);
      v16 y = exponential_of_nonpositive(load(x + j + 16 * i) - largest);
      sums[i] += y;
      if (result) store(result + j + 16 * i, y);
    }
  }
  for (; j < count; j += 16) {
    v16 y = exponential_of_nonpositive(load_row(x, j, count) - largest);
    if (j + 16 > count) y = choose(lanes < (int32_t)(count - j), y, splat(0));
    sums[0] += y;
    if (result) store_row(result, j, count, y);
  }
  return (row_exponentials){largest, add_lanes(sums[0] + sums[1])};
}

static void softmax_row(const float *x, float *result, int64_t width) {
  float scale = 1.0f / exponentials_of_row(x, width, result, x + width).sum;
  for (int64_t j = 0; j < width; j += 16) {
    store_row(result, j, width, load_row(result, j, width) * scale);
  }
}

static void softmax(const float *x, float *result, int64_t width, int64_t first, int64_t end) {
  for (int64_t r = first; r < end; r++) softmax_row(x + r * width, result + r * width, width);
}

// d x = p (g - sum(p g)), p the softmax.
static void softmax_gradient(
    const float *x, const float *gradient, float *result, int64_t width, int64_t first,
    int64_t end) {
  for (int64_t r = first; r < end; r++) {
    const float *g = gradient + r * width;
    float *d = result + r * width;
    softmax_row(x + r * width, d, width);
    v16 sums = {};
    for (int64_t j = 0; j < width; j += 16) sums += load_row(d, j, width) * load_row(g, j, width);
    float mean = add_lanes(sums);
    for (int64_t j = 0; j < width; j += 16) {
      store_row(d, j, width, load_row(d, j, width) * (load_row(g, j, width) - mean));
    }
  }
}

// 1 / sqrt(mean(x^2) + epsilon)
static float inverse_root_mean_square(const float *x, int64_t width, float epsilon) {
  v16 squares = {};
  for (int64_t j = 0; j < width; j += 16) {
    v16 y = load_row(x, j, width);
    squares += y * y;
  }
  return 1.0f / sqrtf(add_lanes(squares) / (float)width + epsilon);
}

static void rms_norm(
    const float *x, const float *weight, float *result, int64_t width, float epsilon,
    int64_t first, int64_t end) {
  for (int64_t r = first; r < end; r++) {
    const float *row = x + r * width;
    float scale = inverse_root_mean_square(row, width, epsilon);
    for (int64_t j = 0; j < width; j += 16) {
      v16 y = load_row(row, j, width) * scale * load_row(weight, j, width);
      store_row(result + r * width, j, width, y);
    }
  }
}

// With s = 1 / sqrt(mean(x^2) + epsilon): d x = s g w - x s^3 mean(g w x), d w = sum(g x s).
static void rms_norm_gradient(
    const float *x, const float *weight, const float *gradient, float *result, float *weight_sum,
    int64_t width, float epsilon, int64_t first, int64_t end) {
  if (weight_sum) memset(weight_sum, 0, (size_t)width * 4);
  for (int64_t r = first; r < end; r++) {
    const float *row = x + r * width, *g = gradient + r * width;
    float scale = inverse_root_mean_square(row, width, epsilon);
    if (result) {
      v16 products = {};
      for (int64_t j = 0; j < width; j += 16) {
        products += load_row(g, j, width) * load_row(weight, j, width) * load_row(row, j, width);
      }
      float pull = add_lanes(products) / (float)width * scale * scale * scale;
      for (int64_t j = 0; j < width; j += 16) {
        v16 y = load_row(g, j, width) * load_row(weight, j, width) * scale;
        store_row(result + r * width, j, width, y - load_row(row, j, width) * pull);
      }
    }
    if (weight_sum) {
      for (int64_t j = 0; j < width; j += 16) {
        v16 y = load_row(g, j, width) * load_row(row, j, width) * scale;
        store_row(weight_sum, j, width, load_row(weight_sum, j, width) + y);
      }
    }
  }
}

typedef struct {
  float mean, scale;
} moments;

static moments row_moments(const float *x, int64_t width, float epsilon) {
  v16 sums = {};
  for (int64_t j = 0; j < width; j += 16) sums += load_row(x, j, width);
  float mean = add_lanes(sums) / (float)width;
  v16 squares = {};
  for (int64_t j = 0; j < width; j += 16) {
    v16 y = load_row(x, j, width) - mean;
    if (j + 16 > width) y = choose(lanes < (int32_t)(width - j), y, splat(0));
    squares += y * y;
  }
  return (moments){mean, 1.0f / sqrtf(add_lanes(squares) / (float)width + epsilon)};
}

static void layer_norm(
    const float *x, const float *weight, const float *bias, float *result, int64_t width,
    float epsilon, int64_t first, int64_t end) {
  for (int64_t r = first; r < end; r++) {
    const float *row = x + r * width;
    moments m = row_moments(row, width, epsilon);
    for (int64_t j = 0; j < width; j += 16) {
      v16 y = (load_row(row, j, width) - m.mean) * m.scale;
      y = y * load_row(weight, j, width) + load_row(bias, j, width);
      store_row(result + r * width, j, width, y);
    }
  }
}

// With n the normalized row: d x = s (g w - mean(g w) - n mean(g w n)), d w = sum(g n),
// d b = sum(g).
static void layer_norm_gradient(
    const float *x, const float *weight, const float *gradient, float *result, float *weight_sum,
    float *bias_sum, int64_t width, float epsilon, int64_t first, int64_t end) {
  if (weight_sum) memset(weight_sum, 0, (size_t)width * 4);
  if (bias_sum) memset(bias_sum, 0, (size_t)width * 4);
  for (int64_t r = first; r < end; r++) {
    const float *row = x + r * width, *g = gradient + r * width;
    moments m = row_moments(row, width, epsilon);
    if (result) {
      v16 sums = {}, products = {};
      for (int64_t j = 0; j < width; j += 16) {
        v16 y = load_row(g, j, width) * load_row(weight, j, width);
        sums += y;
        products += y * ((load_row(row, j, width) - m.mean) * m.scale);
      }
      float mean = add_lanes(sums) / (float)width, pull = add_lanes(products) / (float)width;
      for (int64_t j = 0; j < width; j += 16) {
        v16 normal = (load_row(row, j, width) - m.mean) * m.scale;
        v16 y = load_row(g, j, width) * load_row(weight, j, width);
        store_row(result + r * width, j, width, m.scale * (y - mean - normal * pull));
      }
    }
    for (int64_t j = 0; j < width; j += 16) {
      v16 y = load_row(g, j, width);
      if (weight_sum) {
        v16 normal = (load_row(row, j, width) - m.mean) * m.scale;
        store_row(weight_sum, j, width, load_row(weight_sum, j, width) + y * normal);
      }
      if (bias_sum) store_row(bias_sum, j, width, load_row(bias_sum, j, width) + y);
    }
  }
}

static void rotary(
    const float *x, float *result, const float *cosines, const float *sines, int64_t positions,
    int64_t heads, int64_t width, bool interleaved, float direction, int64_t first,
    int64_t end) {
  int64_t half = width / 2;
  for (int64_t r = first; r < end; r++) {
    const float *c = cosines + r % positions * half, *s = sines + r % positions * half;
    for (int64_t h = 0; h < heads; h++) {
      const float *row = x + (r * heads + h) * width;
      float *out = result + (r * heads + h) * width;
      if (interleaved) {
        for (int64_t j = 0; j < half; j++) {
          float a = row[2 * j], b = row[2 * j + 1], sine = direction * s[j];
          out[2 * j] = a * c[j] - b * sine;
          out[2 * j + 1] = b * c[j] + a * sine;
        }
      } else {
        for (int64_t j = 0; j < half; j += 16) {
          v16 a = load_row(row, j, half), b = load_row(row + half, j, half);
          v16 cosine = load_row(c, j, half), sine = direction * load_row(s, j, half);
          store_row(out, j, half, a * cosine - b * sine);
          store_row(out + half, j, half, b * cosine + a * sine);
        }
      }
    }
  }
}

// loss = ln(sum(e^x)) - x[target]; d x = g (softmax(x) - one at the target).
static void cross_entropy(
    const float *logits, const int32_t *targets, const float *gradient, float *losses,
    float *result, int64_t width, int64_t stride, int64_t first, int64_t end) {
  for (int64_t r = first; r < end; r++) {
    const float *row = logits + r * stride;
    float *out = result ? result + r * stride : 0;
    int32_t target = targets[r];
    if (target < 0) {
      if (losses) losses[r] = 0;
      if (out) memset(out, 0, (size_t)width * 4);
      continue;
    }
    float own = row[target];
    row_exponentials e = exponentials_of_row(row, width, out, row + stride);
    if (losses) losses[r] = logf(e.sum) + (e.largest - own);
    if (!out) continue;
    float scale = gradient[r] / e.sum;
    for (int64_t j = 0; j < width; j += 16) {
      store_row(out, j, width, load_row(out, j, width) * scale);
    }
    out[target] -= gradient[r];
  }
}
