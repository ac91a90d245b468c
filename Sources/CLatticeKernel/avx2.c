// The path for processors with AVX2 and FMA: what takes the time is vectorised, everything else is the portable path's, and so are the
// constants (quotients of 64 bits). Compiled for every x86-64, run only where lk_available says so.
//
// Kernels are expanded in doubles. A product x w of whole numbers is h + l, h = x w rounded, l = x w - h exact by a fused multiply-add.
// With c = x (w / p) rounded to a whole number, x w - c p lies within (1/2 + |x| 2^-53) p, h - c p is a whole number below 2^50, hence
// exact, and so is its sum with l. For columns in [0, p) three levels of such sums stay within -1.9 p and 2.9 p, as |x| < 2.2 p and
// p < 2^49.2; with 2 p added they are below 2^52. Products are sums of products of 26-bit parts: 48 of them have room in 64 bits.
#include "kernel.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define AVX2 __attribute__((target("avx2,fma")))
#define FN AVX2
#define INLINE static inline __attribute__((always_inline)) AVX2

typedef __m256i V;
typedef __m256d D;
enum { CUT = 26, VECTORS = HALF / 4 };

#define LD(p) _mm256_loadu_si256((const void *)(p))
#define ST(p, v) _mm256_storeu_si256((void *)(p), v)

static const double MAGIC = 6755399441055744.0;  // 1.5 2^52: leaves no room for a fraction

// ---- Products

typedef struct {
  D w, ratio;  // w / p
} factor;

typedef struct {
  D p, magic;
  factor A[2], B[2], C[2][2];  // by octets of lanes: the levels of lk_prime.forwardLanes
} expansion;

/// x w modulo p, within +-0.7 p.
INLINE D times(D x, factor f, D p, D magic) {
  D h = _mm256_mul_pd(x, f.w), l = _mm256_fmsub_pd(x, f.w, h);
  D c = _mm256_sub_pd(_mm256_fmadd_pd(x, f.ratio, magic), magic);
  return _mm256_add_pd(_mm256_fnmadd_pd(c, p, h), l);
}

INLINE factor load_factor(const u64 *lanes, double p) {
  double w[4], ratio[4];
  for (int i = 0; i < 4; i++) w[i] = (double)lanes[i], ratio[i] = w[i] / p;
  return (factor){_mm256_loadu_pd(w), _mm256_loadu_pd(ratio)};
}

/// Values above -2 p and below 3 p as two parts of 26 bits, the upper one in the upper half of a word; `lift` adds 2 p.
INLINE V parts(D x, D lift) {
  const V low = _mm256_set1_epi64x((1 << CUT) - 1), high = _mm256_set1_epi64x((long long)(((u64)1 << CUT) - 1) << 32);
  V whole = _mm256_castpd_si256(_mm256_add_pd(x, lift));
  return _mm256_or_si256(_mm256_and_si256(whole, low), _mm256_and_si256(_mm256_slli_epi64(whole, 32 - CUT), high));
}

/// A kernel of J columns at four lanes of the points of half a block; see the IFMA path. w[q] belongs to vector 2 q of the half.
INLINE void expand(D w[4], const double *a, const expansion *e, const size_t lane, const size_t J, const int half) {
  const D p = e->p, magic = e->magic;
  D u[4], v[4];
  for (size_t i = 0; i < 4; i++) {
    if (i >= J) continue;
    u[i] = _mm256_broadcast_sd(a + 8 * i);
    if (i + 4 >= J) continue;
    D r = times(_mm256_broadcast_sd(a + 8 * (i + 4)), e->A[lane], p, magic);
    u[i] = half ? _mm256_sub_pd(u[i], r) : _mm256_add_pd(u[i], r);
  }
  for (size_t i = 0; i < 2; i++) {
    v[i] = v[2 + i] = u[i];
    if (i + 2 >= J) continue;
    D r = times(u[i + 2], e->B[lane], p, magic);
    v[i] = _mm256_add_pd(u[i], r), v[2 + i] = _mm256_sub_pd(u[i], r);
  }
  for (size_t q = 0; q < 2; q++) {
    D r = times(v[2 * q + 1], e->C[q][lane], p, magic);
    w[2 * q] = _mm256_add_pd(v[2 * q], r), w[2 * q + 1] = _mm256_sub_pd(v[2 * q], r);
  }
}

/// Residues of one chunk's polynomials, cut, in the order they are read: [vector][polynomial][c0 | c1][4].
INLINE void cut_inputs(u64 *cut, const u64 *inputs, size_t count) {
  const V low = _mm256_set1_epi64x((1 << CUT) - 1);
  for (size_t c = 0; c < count; c++)
    for (size_t part = 0; part < 2; part++)
      for (size_t n = 0; n < VECTORS; n++) {
        V x = LD(inputs + c * 2 * HALF + part * HALF + 4 * n);
        V y = _mm256_or_si256(_mm256_and_si256(x, low), _mm256_slli_epi64(_mm256_srli_epi64(x, CUT), 32));
        ST(cut + ((n * CHUNK + c) * 2 + part) * 4, y);
      }
}

INLINE void add_sum(u64 *kept, const V sums[3]) {
  u64 low[4], middle[4], high[4];
  ST(low, sums[0]), ST(middle, sums[1]), ST(high, sums[2]);
  for (size_t i = 0; i < 4; i++) {
    u128 sum = (u128)kept[4 * i + 1] << 64 | kept[4 * i];
    sum += low[i] + ((u128)middle[i] << CUT) + ((u128)high[i] << 2 * CUT);
    kept[4 * i] = (u64)sum, kept[4 * i + 1] = (u64)(sum >> 64);
  }
}

/// Adds the products of one chunk to an output's sums, two words for each of 32 places of c0 and c1.
INLINE void multiply(u64 *kept, const u64 *w, const u64 *cut, size_t count) {
  for (size_t n = 0; n < VECTORS; n++) {
    V sums[2][3];
    for (int i = 0; i < 6; i++) sums[i / 3][i % 3] = _mm256_setzero_si256();
    const u64 *a = w + n * CHUNK * 4, *y = cut + n * CHUNK * 8;
    for (size_t c = 0; c < count; c++, a += 4, y += 8) {
      V low = LD(a), high = _mm256_srli_epi64(low, 32);
      for (int part = 0; part < 2; part++) {
        V x = LD(y + 4 * part), z = _mm256_srli_epi64(x, 32);
        V *s = sums[part];
        s[0] = _mm256_add_epi64(s[0], _mm256_mul_epu32(low, x));
        s[1] = _mm256_add_epi64(s[1], _mm256_add_epi64(_mm256_mul_epu32(low, z), _mm256_mul_epu32(high, x)));
        s[2] = _mm256_add_epi64(s[2], _mm256_mul_epu32(high, z));
      }
    }
    for (size_t part = 0; part < 2; part++) add_sum(kept + 16 * n + 2 * part, sums[part]);
  }
}

INLINE void products_of(const lk_prime *P, const lk_shape *s, const u64 *inputs, const u64 *rows, const u64 *twist, size_t block,
                        u64 *sums, u64 *partial, const size_t J, const int half) {
  const double p = (double)P->p;
  const u64(*t)[2][8] = P->forwardLanes[block];
  expansion e = {.p = _mm256_set1_pd(p), .magic = _mm256_set1_pd(MAGIC)};
  for (size_t lane = 0; lane < 2; lane++) {
    e.A[lane] = load_factor(t[0][0] + 4 * lane, p), e.B[lane] = load_factor(t[1 + half][0] + 4 * lane, p);
    for (int q = 0; q < 2; q++) e.C[q][lane] = load_factor(t[3 + 2 * half + q][0] + 4 * lane, p);
  }
  const D lift = _mm256_set1_pd(2 * p + 4503599627370496.0);
  const u64 *from = rows + (block & 7) * s->stride;
  for (size_t first = 0; first < s->polynomials; first += CHUNK) {
    const size_t end = first + CHUNK < s->polynomials ? first + CHUNK : s->polynomials, count = end - first;
    u64 cut[VECTORS * CHUNK * 8] __attribute__((aligned(64))), w[VECTORS * CHUNK * 4] __attribute__((aligned(64)));
    cut_inputs(cut, inputs + first * 2 * HALF, count);
    for (size_t o = 0; o < s->outputs; o++) {
      u64 *kept = partial + o * 128;
      if (!first) memset(kept, 0, 128 * 8);
      const double *a = (const double *)(from + lk_row_place(s, o, first / 8));
      for (size_t c = 0; c < count; c++)
        for (size_t lane = 0; lane < 2; lane++) {
          D own[4];
          expand(own, a + c / 8 * 8 * J + c % 8, &e, lane, J, half);
          for (size_t q = 0; q < 4; q++) ST(w + ((2 * q + lane) * CHUNK + c) * 4, parts(own[q], lift));
        }
      multiply(kept, w, cut, count);
      if (end == s->polynomials) lk_fold_half(P, kept, twist, block * BLOCK + (size_t)half * HALF, sums + 2 * o * N);
    }
  }
}

#define COLUMNS(J)                                                              \
  if (half) products_of(P, s, inputs, rows, twist, block, sums, partial, J, 1); \
  else products_of(P, s, inputs, rows, twist, block, sums, partial, J, 0)

FN void lk_avx2_products(const lk_prime *P, const lk_shape *s, const u64 *inputs, const u64 *rows, const u64 *twist, size_t block,
                         size_t half, u64 *sums, u64 *partial) {
  switch (s->columns) {
    case 3: COLUMNS(3); break;
    case 5: COLUMNS(5); break;
    default: COLUMNS(8);
  }
}

/// Transformed rows become doubles in place.
FN void lk_avx2_rows_to_doubles(u64 *rows, size_t count) {
  const V exponent = _mm256_set1_epi64x(0x4330000000000000);
  const D base = _mm256_set1_pd(4503599627370496.0);
  size_t i = 0;
  for (; i + 4 <= count; i += 4)
    _mm256_storeu_pd((double *)(rows + i), _mm256_sub_pd(_mm256_castsi256_pd(_mm256_or_si256(LD(rows + i), exponent)), base));
  for (; i < count; i++) {
    double x = (double)rows[i];
    memcpy(rows + i, &x, 8);
  }
}

// ---- Keystream: eight blocks of ChaCha20 side by side

INLINE V rotated(V x, const int n) { return _mm256_or_si256(_mm256_slli_epi32(x, n), _mm256_srli_epi32(x, 32 - n)); }

// Turns of whole bytes are shuffles; n is a constant.
INLINE V turned(V x, const int n, V by16, V by8) {
  return n == 16 ? _mm256_shuffle_epi8(x, by16) : n == 8 ? _mm256_shuffle_epi8(x, by8) : rotated(x, n);
}
#define TURNED(a, b, n) turned(_mm256_xor_si256(a, b), n, by16, by8)

/// Words 8 half... of eight blocks, transposed to their places.
INLINE void store_words(u8 *out, const V x[8], const size_t half) {
  V a[8], b[8];
  for (int i = 0; i < 4; i++) {
    a[2 * i] = _mm256_unpacklo_epi32(x[2 * i], x[2 * i + 1]), a[2 * i + 1] = _mm256_unpackhi_epi32(x[2 * i], x[2 * i + 1]);
  }
  for (int i = 0; i < 2; i++) {
    b[4 * i] = _mm256_unpacklo_epi64(a[4 * i], a[4 * i + 2]), b[4 * i + 1] = _mm256_unpackhi_epi64(a[4 * i], a[4 * i + 2]);
    b[4 * i + 2] = _mm256_unpacklo_epi64(a[4 * i + 1], a[4 * i + 3]), b[4 * i + 3] = _mm256_unpackhi_epi64(a[4 * i + 1], a[4 * i + 3]);
  }
  for (size_t i = 0; i < 4; i++) {
    ST(out + 64 * i + 32 * half, _mm256_permute2x128_si256(b[i], b[4 + i], 0x20));
    ST(out + 64 * (4 + i) + 32 * half, _mm256_permute2x128_si256(b[i], b[4 + i], 0x31));
  }
}

FN void lk_avx2_keystream(u8 *out, size_t units, const u8 *seed, const u8 *nonce, size_t first) {
  const V by16 = _mm256_broadcastsi128_si256(_mm_set_epi8(13, 12, 15, 14, 9, 8, 11, 10, 5, 4, 7, 6, 1, 0, 3, 2));
  const V by8 = _mm256_broadcastsi128_si256(_mm_set_epi8(14, 13, 12, 15, 10, 9, 8, 11, 6, 5, 4, 7, 2, 1, 0, 3));
  uint32_t words[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
  memcpy(words + 4, seed, 32), memcpy(words + 13, nonce, 12);
  V s[16];
  for (int i = 0; i < 16; i++) s[i] = _mm256_set1_epi32((int)words[i]);
  s[12] = _mm256_add_epi32(_mm256_set1_epi32((int)(16 * first)), _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0));
  for (size_t i = 0; i < 2 * units; i++, out += 512) {
    V x[16];
    for (int j = 0; j < 16; j++) x[j] = s[j];
    LK_CHACHA_ROUNDS(x, _mm256_add_epi32, TURNED)
    for (int j = 0; j < 16; j++) x[j] = _mm256_add_epi32(x[j], s[j]);
    store_words(out, x, 0), store_words(out, x + 8, 1);
    s[12] = _mm256_add_epi32(s[12], _mm256_set1_epi32(8));
  }
}
#endif
