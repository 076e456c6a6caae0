// Sixteen numbers at a time, on any instruction set: the compiler splits them into what there is.
// One width everywhere gives every sum one order.
#include <math.h>
#include <stdint.h>
#include <string.h>

// The warning is about passing these between objects; every function that takes one is inlined.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float v16 __attribute__((vector_size(64)));
typedef float v16_anywhere __attribute__((vector_size(64), aligned(4), may_alias));
typedef int32_t i16 __attribute__((vector_size(64)));
typedef int32_t i16_anywhere __attribute__((vector_size(64), aligned(4), may_alias));

#define INLINE static inline __attribute__((always_inline))

INLINE v16 load(const float *p) { return *(const v16_anywhere *)p; }
INLINE void store(float *p, v16 x) { *(v16_anywhere *)p = x; }
INLINE i16 load_int(const void *p) { return *(const i16_anywhere *)p; }
INLINE v16 splat(float x) { return x - (v16){}; }

// Elements j..<j + 16 of a row of `count`; beyond its end, zeros are read and nothing is written.
INLINE v16 load_row(const float *row, int64_t j, int64_t count) {
  if (j + 16 <= count) return load(row + j);
  v16 x = {};
  for (int64_t i = 0; i < count - j; i++) x[i] = row[j + i];
  return x;
}
INLINE void store_row(float *row, int64_t j, int64_t count, v16 x) {
  if (j + 16 <= count) {
    store(row + j, x);
  } else {
    for (int64_t i = 0; i < count - j; i++) row[j + i] = x[i];
  }
}

// Rows become columns: pairs of lanes change places at distances 1, 2, 4 and 8.
INLINE void transpose(v16 rows[16]) {
  v16 x[16];
#define SWAP(from, to, distance, low, high)                              \
  for (int i = 0; i < 16; i++) {                                         \
    if (i & distance) continue;                                          \
    to[i] = __builtin_shufflevector(from[i], from[i + distance], low);   \
    to[i + distance] = __builtin_shufflevector(from[i], from[i + distance], high); \
  }
#define LANES(...) __VA_ARGS__
  SWAP(rows, x, 1, LANES(0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30),
       LANES(1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31))
  SWAP(x, rows, 2, LANES(0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29),
       LANES(2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31))
  SWAP(rows, x, 4, LANES(0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27),
       LANES(4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31))
  SWAP(x, rows, 8, LANES(0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
       LANES(8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
#undef LANES
#undef SWAP
}

INLINE v16 as_float(i16 x) { return (v16)x; }
INLINE i16 as_int(v16 x) { return (i16)x; }
INLINE v16 choose(i16 mask, v16 x, v16 y) { return (v16)((mask & (i16)x) | (~mask & (i16)y)); }
INLINE v16 one_where(i16 mask) { return (v16)(mask & (i16)splat(1)); }

// The larger or smaller number; a NaN in either is a NaN in the result.
INLINE v16 larger(v16 x, v16 y) { return choose((x > y) | (x != x), x, y); }
// The larger number, in fewer instructions: where either is a NaN, the second one.
INLINE v16 larger_number(v16 x, v16 y) { return choose(x > y, x, y); }
INLINE v16 smaller(v16 x, v16 y) { return choose((x < y) | (x != x), x, y); }
INLINE v16 absolute(v16 x) { return (v16)((i16)x & 0x7fffffff); }
INLINE v16 root(v16 x) { return __builtin_elementwise_sqrt(x); }

// The upper half of the first 2, 4, 8 or 16 lanes, moved down.
INLINE v16 upper_half(v16 x, int count) {
#define MOVED(...) __builtin_shufflevector(x, x, __VA_ARGS__, 8, 9, 10, 11, 12, 13, 14, 15)
  switch (count) {
    case 16: return MOVED(8, 9, 10, 11, 12, 13, 14, 15);
    case 8: return MOVED(4, 5, 6, 7, 4, 5, 6, 7);
    case 4: return MOVED(2, 3, 2, 3, 2, 3, 2, 3);
    default: return MOVED(1, 1, 1, 1, 1, 1, 1, 1);
  }
#undef MOVED
}
INLINE float add_lanes(v16 x) {
  for (int count = 16; count > 1; count /= 2) x += upper_half(x, count);
  return x[0];
}
INLINE float largest_lane(v16 x) {
  for (int count = 16; count > 1; count /= 2) x = larger(x, upper_half(x, count));
  return x[0];
}

static const i16 lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

// x = n ln 2 + r with |r| <= ln(2) / 2: gives r, and n as an integer. ln 2 is taken in two parts,
// of which the first has so few bits that n times it is exact.
INLINE v16 split_exponent(v16 x, i16 *n) {
  const float shift = 0x1.8p23f;  // adding it rounds to an integer
  v16 shifted = x * 0x1.715476p0f + shift;
  v16 whole = shifted - shift;
  *n = as_int(shifted) - as_int(splat(shift));
  return (x - whole * 0x1.62e4p-1f) - whole * 0x1.7f7d1cp-20f;
}

// exp(r) - 1 for |r| <= ln(2) / 2, by the Taylor series up to r^7 / 7!; the next term is below
// 6e-9 of the result of exp.
INLINE v16 exponential_less_one_near_zero(v16 r) {
  v16 p = r * (1.0f / 5040) + (1.0f / 720);
  p = p * r + (1.0f / 120);
  p = p * r + (1.0f / 24);
  p = p * r + (1.0f / 6);
  p = p * r + 0.5f;
  return p * (r * r) + r;
}

// 2^n for n in -126...127, and zero for -127.
INLINE v16 power_of_two(i16 n) { return as_float((n + 127) << 23); }

// e^x: infinity from 88.73 on, zero where the result would be denormal.
INLINE v16 exponential(v16 x) {
  x = choose(x < -110.0f, splat(-110), x);
  x = choose(x > 90.0f, splat(90), x);
  i16 n;
  v16 r = split_exponent(x, &n);
  v16 p = exponential_less_one_near_zero(r) + 1.0f;
  i16 half = n >> 1;
  return p * power_of_two(half) * power_of_two(n - half);
}

// The same for x <= 0 or NaN, in fewer steps: zero from -87.7 down, where 2^n would be denormal.
INLINE v16 exponential_of_nonpositive(v16 x) {
  x = choose(x < -88.0f, splat(-88), x);
  i16 n;
  v16 r = split_exponent(x, &n);
  return (exponential_less_one_near_zero(r) + 1.0f) * power_of_two(n);
}

// tanh x = (e^2x - 1) / (e^2x + 1), with e^2x - 1 found without cancellation.
INLINE v16 hyperbolic_tangent(v16 x) {
  v16 y = 2.0f * x;
  y = choose(y < -30.0f, splat(-30), y);
  y = choose(y > 30.0f, splat(30), y);
  i16 n;
  v16 r = split_exponent(y, &n);
  v16 scale = power_of_two(n);
  v16 e = scale * exponential_less_one_near_zero(r) + (scale - 1.0f);
  v16 t = e / (e + 2.0f);
  return choose((x == 0.0f) | (x != x), x, t);
}

INLINE v16 logistic(v16 x) { return 1.0f / (1.0f + exponential(-x)); }

// ln x = e ln 2 + ln m with m in [sqrt(1/2), sqrt(2)); ln m = 2 atanh((m - 1) / (m + 1)) by its
// series up to the eleventh power; the next term is below 1e-9.
INLINE v16 natural_logarithm(v16 x) {
  i16 tiny = (x < 0x1p-126f) & (x > 0.0f);
  v16 y = choose(tiny, x * 0x1p32f, x);
  i16 bits = as_int(y);
  i16 e = (bits - 0x3f3504f3) >> 23;  // the bits of sqrt(1/2)
  v16 m = as_float(bits - (e << 23));
  v16 exponent =
      __builtin_convertvector(e, v16) - choose(tiny, splat(32), splat(0));
  v16 f = m - 1.0f;
  v16 s = f / (m + 1.0f);
  v16 t = s * s;
  v16 p = t * (2.0f / 11) + (2.0f / 9);
  p = p * t + (2.0f / 7);
  p = p * t + (2.0f / 5);
  p = p * t + (2.0f / 3);
  // 2 s = f - s f, so that ln m = f - s (f - t p): f is exact and the rest small.
  v16 series = s * (f - t * p);
  v16 result = exponent * 0x1.62e4p-1f + (f - (series - exponent * 0x1.7f7d1cp-20f));
  result = choose(x == INFINITY, x, result);
  result = choose(x == 0.0f, splat(-INFINITY), result);
  return choose((x < 0.0f) | (x != x), splat(NAN), result);
}

// Functions that have no vector form here: one number after the other.
INLINE v16 each(v16 x, float (*function)(float)) {
  v16 result;
  for (int i = 0; i < 16; i++) result[i] = function(x[i]);
  return result;
}
INLINE v16 power(v16 x, v16 y) {
  v16 result;
  for (int i = 0; i < 16; i++) result[i] = powf(x[i], y[i]);
  return result;
}

// gelu(x) = 0.5 x (1 + tanh u), u = sqrt(2 / pi) (x + 0.044715 x^3): arXiv 1606.08415, section 2.
INLINE v16 gelu_tangent(v16 x) {
  return hyperbolic_tangent(0.7978845608f * (x + 0.044715f * (x * x * x)));
}
INLINE v16 gelu(v16 x) { return 0.5f * x * (1.0f + gelu_tangent(x)); }
INLINE v16 gelu_derivative(v16 x) {
  v16 t = gelu_tangent(x);
  v16 inner = 0.7978845608f * (1.0f + 3.0f * 0.044715f * (x * x));
  return 0.5f * (1.0f + t) + 0.5f * x * (1.0f - t * t) * inner;
}

// silu(x) = x logistic(x), and its derivative.
INLINE v16 silu(v16 x) { return x * logistic(x); }
INLINE v16 silu_derivative(v16 x) {
  v16 s = logistic(x);
  return s * (1.0f + x * (1.0f - s));
}
