// The portable path: plain C, one word at a time, quotients of 64 bits.
#include <math.h>

#include "kernel.h"

#define FN static
#define INLINE static inline __attribute__((always_inline))

typedef u64 V;
typedef double D;
enum { LANES = 1 };
#define LD(p) (*(const u64 *)(p))
#define ST(p, v) (*(u64 *)(p) = (v))
#define SET(x) ((u64)(x))
#define ZERO ((u64)0)
#define ADD(x, y) ((x) + (y))
#define SUB(x, y) ((x) - (y))
#define AND(x, y) ((x) & (y))
#define SLL(x, n) ((x) << (n))
#define SRL(x, n) ((x) >> (n))
#define SRA(x, n) ((u64)((i64)(x) >> (n)))
#define ONES(x) ((u64)__builtin_popcountll(x))
#define LOAD16(p) ((u64)(i64)*(p))
#define DSET(x) (x)
#define DMUL(x, y) ((x) * (y))
#define DADD(x, y) ((x) + (y))
#define DSUB(x, y) ((x) - (y))
#define DABSMAX(x, y) fmax(x, fabs(y))
#define UNSIGNED(x) ((double)(i64)(x))  // below 2^63
#define SIGNED(x) ((double)(i64)(x))
#define ROUND_UNSIGNED(x) ((u64)nearest(x))
#define ROUND_SIGNED(x) ((u64)nearest(x))

#define LAZY 1
#define CONSTANTS(P)                              \
  const u64 p1 = (P)->p, p2 = 2 * (P)->p; \
  (void)p1, (void)p2
#define SHOUP(...) shoup(p1, __VA_ARGS__)
#define CSUB(x, m) csub(x, m)
#define NONNEGATIVE(x, p) nonnegative(x, p)
#define ABOVE(x, y, z) ((z) & SRA((y) - (x), 63))

// Sums of products as two machine words, without contraction into fused operations: both paths round alike.
#pragma STDC FP_CONTRACT OFF

INLINE u64 shoup(u64 p, u64 x, u64 w, u64 q) { return x * w - (u64)((u128)x * q >> 64) * p; }
INLINE u64 csub(u64 x, u64 m) {
  u64 d = x - m;
  return d + (m & SRA(d, 63));
}
INLINE u64 nonnegative(u64 x, u64 p) { return x + (p & SRA(x, 63)); }
/// The nearest integer, halves to even, of |x| < 2^51: 1.5 * 2^52 leaves no room for a fraction.
INLINE i64 nearest(double x) {
  const double magic = 6755399441055744.0;
  double shifted = x + magic;
  i64 bits, base;
  memcpy(&bits, &shifted, 8), memcpy(&base, &magic, 8);
  return bits - base;
}

INLINE void transpose(u64 block[64]) {
  for (int i = 0; i < 8; i++)
    for (int j = 0; j < i; j++) {
      u64 t = block[8 * i + j];
      block[8 * i + j] = block[8 * j + i], block[8 * j + i] = t;
    }
}

#include "path.h"

/// A word of four blocks side by side: the compilers' own vectors, which every processor has or the compiler takes apart.
typedef uint32_t four __attribute__((vector_size(16)));
static inline four added(four a, four b) { return a + b; }
static inline four turned(four a, four b, int n) { return (a ^ b) << n | (a ^ b) >> (32 - n); }

FN void keystream(u8 *out, size_t units, const u8 *seed, const u8 *nonce, size_t first) {
  uint32_t words[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
  memcpy(words + 4, seed, 32), memcpy(words + 13, nonce, 12);
  four s[16], x[16];
  for (int i = 0; i < 16; i++) s[i] = (four){words[i], words[i], words[i], words[i]};
  for (size_t block = 16 * first; block < 16 * (first + units); block += 4, out += 256) {
    const uint32_t b = (uint32_t)block;
    s[12] = (four){b, b + 1, b + 2, b + 3};
    memcpy(x, s, sizeof x);
    LK_CHACHA_ROUNDS(x, added, turned)
    for (int i = 0; i < 16; i++) {
      x[i] += s[i];
      for (int j = 0; j < 4; j++) {
        const uint32_t word = x[i][j];
        memcpy(out + 64 * j + 4 * i, &word, 4);
      }
    }
  }
}

FN size_t uniform(const lk_prime *P, u64 *out, size_t have, const u8 *words, size_t count) {
  const u64 mask = ((u64)1 << P->bits) - 1;
  for (size_t i = 0; i < count && have < N; i++) {
    u64 x = 0;
    if (P->bits <= 32) memcpy(&x, words + 4 * i, 4);
    else memcpy(&x, words + 8 * i, 8);
    out[have] = x & mask;
    have += (x & mask) < P->p;
  }
  return have;
}

/// Value l begins in byte l bits / 8, and shifted by what is left it fits a word: words that each overwrite the end of the one before.
INLINE void pack_eight(u8 *out, const u64 *values, unsigned bits) {
  u64 waiting = 0;
  for (unsigned l = 0, at = 0; l < 8; l++) {
    u64 word = values[l] << (l * bits % 8) | waiting;
    memcpy(out + at, &word, 8);
    unsigned next = (l + 1) * bits / 8;
    waiting = next - at < 8 ? word >> (8 * (next - at)) : 0, at = next;
  }
}

INLINE void unpack_eight(u64 *values, const u8 *in, unsigned bits) {
  for (unsigned l = 0; l < 8; l++) {
    u64 word;
    memcpy(&word, in + l * bits / 8, 8);
    values[l] = word >> (l * bits % 8) & (((u64)1 << bits) - 1);
  }
}

// The last eight go through a buffer: whole words would reach beyond the end.
enum { EIGHT = 64 };

FN void pack(u8 *out, const u64 *values, size_t count, unsigned bits) {
  size_t i = 0;
  for (; i + 8 < count; i += 8, out += bits) pack_eight(out, values + i, bits);
  u8 last[EIGHT];
  if (count) pack_eight(last, values + i, bits), memcpy(out, last, bits);
}

FN void unpack(u64 *values, const u8 *in, size_t count, unsigned bits) {
  size_t i = 0;
  for (; i + 8 < count; i += 8, in += bits) unpack_eight(values + i, in, bits);
  u8 last[EIGHT] = {0};
  if (count) memcpy(last, in, bits), unpack_eight(values + i, last, bits);
}

INLINE u64 fold(const lk_prime *P, u128 sum) {
  CONSTANTS(P);
  u64 r = SHOUP((u64)sum, FACTOR(P->fold[0])) + SHOUP((u64)(sum >> 64), FACTOR(P->fold[1]));
  return CSUB(CSUB(r, p2), p1);
}

void lk_fold_half(const lk_prime *P, const u64 *kept, const u64 *twist, size_t at, u64 *sums) {
  CONSTANTS(P);
  for (size_t n = 0; n < HALF; n++)
    for (size_t i = 0; i < 2; i++) {
      u64 r = fold(P, (u128)kept[4 * n + 2 * i + 1] << 64 | kept[4 * n + 2 * i]);
      if (twist) r = SHOUP(r, twist[at + n], twist[N + at + n]), r = CSUB(r, p1);
      sums[i * N + at + n] = r;
    }
}

/// See the IFMA path; here columns are below 21 p, and the values stay below 27 p as they are.
/// - Parameter fifth: what the fifth column and those after it come to, which both halves of a block share: the first writes it.
INLINE void expand(u64 *w, const u64 *a, const lk_prime *P, size_t block, size_t half, const size_t J, u64 *fifth) {
  CONSTANTS(P);
  const u64(*t)[2][8] = P->forwardLanes[block];
  for (size_t lane = 0; lane < 8; lane++) {
    u64 u[4], v[4];
    for (size_t i = 0; i < 4; i++) {
      if (i >= J) continue;
      u[i] = a[8 * i];
      if (i + 4 >= J) continue;
      if (!half) fifth[8 * i + lane] = SHOUP(a[8 * (i + 4)], LANED(t[0]));
      const u64 r = fifth[8 * i + lane];
      u[i] = half ? u[i] + p2 - r : u[i] + r;
    }
    for (size_t i = 0; i < 2; i++) {
      v[i] = v[2 + i] = u[i];
      if (i + 2 >= J) continue;
      u64 r = SHOUP(u[i + 2], LANED(t[1 + half]));
      v[i] = u[i] + r, v[2 + i] = u[i] + p2 - r;
    }
    for (size_t q = 0; q < 2; q++) {
      u64 r = SHOUP(v[2 * q + 1], LANED(t[3 + 2 * half + q]));
      w[16 * q + lane] = v[2 * q] + r, w[16 * q + 8 + lane] = v[2 * q] + p2 - r;
    }
  }
}

INLINE void products_of(const lk_prime *P, const lk_shape *s, const u64 *inputs, const u64 *rows, const u64 *twist, size_t block,
                        size_t half, u64 *sums, u64 *partial, const size_t J) {
  const u64 *from = rows + (block & 7) * s->stride;
  const size_t others = J > 4 ? 8 * (J - 4) : 0;
  u64 *fifths = partial + 128 * s->outputs;
  for (size_t first = 0; first < s->polynomials; first += CHUNK) {
    const size_t end = first + CHUNK < s->polynomials ? first + CHUNK : s->polynomials;
    for (size_t o = 0; o < s->outputs; o++) {
      u64 w[CHUNK][HALF], *kept = partial + o * 128;
      const u64 *x = inputs + first * 2 * HALF, *a = from + lk_row_place(s, o, first / 8);
      for (size_t c = first; c < end; c++)
        expand(w[c - first], a + (c - first) / 8 * 8 * J + c % 8, P, block, half, J, fifths + (o * s->polynomials + c) * others);
      for (size_t n = 0; n < HALF; n++) {
        u128 sum[2] = {0, 0};
        for (size_t i = 0; i < 2 && first; i++) sum[i] = (u128)kept[4 * n + 2 * i + 1] << 64 | kept[4 * n + 2 * i];
        const u64 *y = x + n;
        for (size_t c = 0; c < end - first; c++, y += 2 * HALF)
          sum[0] += (u128)w[c][n] * y[0], sum[1] += (u128)w[c][n] * y[HALF];
        for (size_t i = 0; i < 2; i++) kept[4 * n + 2 * i] = (u64)sum[i], kept[4 * n + 2 * i + 1] = (u64)(sum[i] >> 64);
      }
      if (end == s->polynomials) lk_fold_half(P, kept, twist, block * BLOCK + half * HALF, sums + 2 * o * N);
    }
  }
}

FN void products(const lk_prime *P, const lk_shape *s, const u64 *inputs, const u64 *rows, const u64 *twist, size_t block,
                 size_t half, u64 *sums, u64 *partial) {
  switch (s->columns) {
    case 3: products_of(P, s, inputs, rows, twist, block, half, sums, partial, 3); break;
    case 5: products_of(P, s, inputs, rows, twist, block, half, sums, partial, 5); break;
    default: products_of(P, s, inputs, rows, twist, block, half, sums, partial, 8);
  }
}

FN void wide_add(u64 *sums, const u64 *x, const u64 *w) {
  for (size_t n = 0; n < HALF; n++) {
    u128 sum = ((u128)sums[HALF + n] << 64 | sums[n]) + (u128)x[n] * w[n];
    sums[n] = (u64)sum, sums[HALF + n] = (u64)(sum >> 64);
  }
}

FN void wide_fold(const lk_prime *P, u64 *out, const u64 *sums) {
  for (size_t n = 0; n < HALF; n++) out[n] = fold(P, (u128)sums[HALF + n] << 64 | sums[n]);
}

const lk_operations lk_portable_operations = OPERATIONS(keystream, rows, products);

#if defined(__x86_64__)
ROWS(reduced_rows, 1)  // doubles hold no more
FN void avx2_rows(const lk_ring *ring, const lk_prime *P, const lk_shape *s, const int16_t *taps, size_t group, u64 *out) {
  reduced_rows(ring, P, s, taps, group, out);
  for (size_t i = 0; i < 8; i++) lk_avx2_rows_to_doubles(out + i * s->stride, s->outputs * s->octets * 8 * s->columns);
}

const lk_operations lk_avx2_operations = OPERATIONS(lk_avx2_keystream, avx2_rows, lk_avx2_products);
#endif
