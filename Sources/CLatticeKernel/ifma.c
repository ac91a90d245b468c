// The AVX-512 IFMA path: eight words at a time, quotients of 52 bits. Compiled for every x86-64, run only where lk_available says so.
#include "kernel.h"

#if defined(LK_EMULATED)
#include "avx512_emulation.h"  // of the tests: the same operations in plain C
#define IFMA
#elif defined(__x86_64__)
#include <immintrin.h>
#define IFMA __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx512ifma,avx512vbmi,avx512vpopcntdq")))
#endif

#if defined(IFMA)
#define FN IFMA static
#define INLINE static inline __attribute__((always_inline)) IFMA

typedef __m512i V;
typedef __m512d D;
enum { LANES = 8 };
#define LD(p) _mm512_loadu_si512((const void *)(p))
#define ST(p, v) _mm512_storeu_si512((void *)(p), v)
#define SET(x) _mm512_set1_epi64((long long)(x))
#define ZERO _mm512_setzero_si512()
#define ADD _mm512_add_epi64
#define SUB _mm512_sub_epi64
#define AND _mm512_and_si512
#define SLL(x, n) _mm512_sll_epi64(x, _mm_cvtsi32_si128((int)(n)))
#define SRL(x, n) _mm512_srl_epi64(x, _mm_cvtsi32_si128((int)(n)))
#define SRA(x, n) _mm512_sra_epi64(x, _mm_cvtsi32_si128((int)(n)))
#define ONES _mm512_popcnt_epi64
#define LOAD16(p) _mm512_cvtepi16_epi64(_mm_loadu_si128((const void *)(p)))
#define DSET _mm512_set1_pd
#define DMUL _mm512_mul_pd
#define DADD _mm512_add_pd
#define DSUB _mm512_sub_pd
#define DABSMAX(x, y) _mm512_max_pd(x, _mm512_abs_pd(y))
#define UNSIGNED _mm512_cvtepu64_pd
#define SIGNED _mm512_cvtepi64_pd
#define ROUND_UNSIGNED _mm512_cvtpd_epu64
#define ROUND_SIGNED _mm512_cvtpd_epi64
#define LO(sum, a, b) _mm512_madd52lo_epu64(sum, a, b)
#define HI(sum, a, b) _mm512_madd52hi_epu64(sum, a, b)

#define LAZY 0  // 52 bits have no room
#define MASK52 (((u64)1 << 52) - 1)
#define CONSTANTS(P)                                                                                              \
  const V p1 = SET((P)->p), p2 = SET(2 * (P)->p), minus_p = SET(((u64)1 << 52) - (P)->p), mask52 = SET(MASK52); \
  (void)p1, (void)p2, (void)minus_p, (void)mask52
#define SHOUP(...) shoup(minus_p, mask52, __VA_ARGS__)
#define CSUB(x, m) csub(x, m)
#define NONNEGATIVE(x, p) nonnegative(x, p)
#define ABOVE(x, y, z) _mm512_maskz_mov_epi64(_mm512_cmpgt_epu64_mask(x, y), z)

INLINE V shoup(V minus_p, V mask52, V x, V w, V q) {
  return AND(LO(LO(ZERO, x, w), HI(ZERO, x, q), minus_p), mask52);
}
INLINE V csub(V x, V m) { return _mm512_min_epu64(x, SUB(x, m)); }
INLINE V nonnegative(V x, V p) { return _mm512_min_epu64(x, ADD(x, p)); }

INLINE void transpose(u64 block[64]) {
  V r[8], a[8], b[8];
  for (int i = 0; i < 8; i++) r[i] = LD(block + 8 * i);
  for (int i = 0; i < 4; i++) {
    a[2 * i] = _mm512_unpacklo_epi64(r[2 * i], r[2 * i + 1]);
    a[2 * i + 1] = _mm512_unpackhi_epi64(r[2 * i], r[2 * i + 1]);
  }
  for (int i = 0; i < 2; i++) {
    b[i] = _mm512_shuffle_i64x2(a[i], a[i + 2], 0x88), b[i + 2] = _mm512_shuffle_i64x2(a[i], a[i + 2], 0xdd);
    b[i + 4] = _mm512_shuffle_i64x2(a[i + 4], a[i + 6], 0x88), b[i + 6] = _mm512_shuffle_i64x2(a[i + 4], a[i + 6], 0xdd);
  }
  for (int i = 0; i < 2; i++) {
    r[i] = _mm512_shuffle_i64x2(b[i], b[i + 4], 0x88), r[i + 4] = _mm512_shuffle_i64x2(b[i], b[i + 4], 0xdd);
    r[i + 2] = _mm512_shuffle_i64x2(b[i + 2], b[i + 6], 0x88), r[i + 6] = _mm512_shuffle_i64x2(b[i + 2], b[i + 6], 0xdd);
  }
  for (int i = 0; i < 8; i++) ST(block + 8 * i, r[i]);
}

#include "path.h"

// ---- Keystream: sixteen blocks of ChaCha20 side by side

#define TURNED(a, b, n) _mm512_rol_epi32(_mm512_xor_si512(a, b), n)

INLINE void chacha_unit(u8 *out, const V s[16]) {
  V x[16];
  for (int i = 0; i < 16; i++) x[i] = s[i];
  LK_CHACHA_ROUNDS(x, _mm512_add_epi32, TURNED)
  for (int i = 0; i < 16; i++) x[i] = _mm512_add_epi32(x[i], s[i]);
  // Word i of block b is lane b of x[i]: transposed in two steps, so that x[4 q + j] has words 4 q... of blocks j, 4 + j, 8 + j, 12 + j.
  for (int q = 0; q < 4; q++) {
    V *y = x + 4 * q;
    V a = _mm512_unpacklo_epi32(y[0], y[1]), b = _mm512_unpackhi_epi32(y[0], y[1]);
    V c = _mm512_unpacklo_epi32(y[2], y[3]), d = _mm512_unpackhi_epi32(y[2], y[3]);
    y[0] = _mm512_unpacklo_epi64(a, c), y[1] = _mm512_unpackhi_epi64(a, c);
    y[2] = _mm512_unpacklo_epi64(b, d), y[3] = _mm512_unpackhi_epi64(b, d);
  }
  for (int j = 0; j < 4; j++) {
    V a = _mm512_shuffle_i32x4(x[j], x[4 + j], 0x44), b = _mm512_shuffle_i32x4(x[8 + j], x[12 + j], 0x44);
    V c = _mm512_shuffle_i32x4(x[j], x[4 + j], 0xee), d = _mm512_shuffle_i32x4(x[8 + j], x[12 + j], 0xee);
    ST(out + 64 * j, _mm512_shuffle_i32x4(a, b, 0x88)), ST(out + 64 * (4 + j), _mm512_shuffle_i32x4(a, b, 0xdd));
    ST(out + 64 * (8 + j), _mm512_shuffle_i32x4(c, d, 0x88)), ST(out + 64 * (12 + j), _mm512_shuffle_i32x4(c, d, 0xdd));
  }
}

FN void keystream(u8 *out, size_t units, const u8 *seed, const u8 *nonce, size_t first) {
  static const uint32_t constants[4] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
  V s[16];
  uint32_t words[11];
  memcpy(words, seed, 32), memcpy(words + 8, nonce, 12);
  for (int i = 0; i < 4; i++) s[i] = _mm512_set1_epi32((int)constants[i]);
  for (int i = 0; i < 8; i++) s[4 + i] = _mm512_set1_epi32((int)words[i]);
  for (int i = 0; i < 3; i++) s[13 + i] = _mm512_set1_epi32((int)words[8 + i]);
  s[12] = _mm512_add_epi32(_mm512_set1_epi32((int)(16 * first)),
                           _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
  for (size_t i = 0; i < units; i++) {
    chacha_unit(out + 1024 * i, s);
    s[12] = _mm512_add_epi32(s[12], _mm512_set1_epi32(16));
  }
}

FN size_t uniform(const lk_prime *P, u64 *out, size_t have, const u8 *words, size_t count) {
  const V mask = SET(((u64)1 << P->bits) - 1), p = SET(P->p);
  for (size_t i = 0; i < count && have < N; i += 8) {
    V x = P->bits <= 32 ? _mm512_cvtepu32_epi64(_mm256_loadu_si256((const void *)(words + 4 * i))) : LD(words + 8 * i);
    x = AND(x, mask);
    __mmask8 below = _mm512_cmplt_epu64_mask(x, p);
    ST(out + have, _mm512_maskz_compress_epi64(below, x));  // `out` has room for eight more
    have += (size_t)__builtin_popcount(below);
  }
  return have < N ? have : N;
}

// ---- Bit packing: value l starts at bit l bits, so at byte l bits / 8, of which values of even and of odd l share none.

typedef struct {
  u8 source[2][64], place[64];
  u64 shift[8];
  __mmask64 used[2], whole;
} packing;

FN void make_packing(packing *k, unsigned bits) {
  memset(k, 0, sizeof *k);
  for (unsigned l = 0; l < 8; l++) {
    unsigned first = l * bits / 8, last = (l * bits + bits - 1) / 8;
    k->shift[l] = l * bits % 8;
    for (unsigned j = 0; j < 8; j++) {
      k->place[8 * l + j] = (u8)((first + j) & 63);
      if (first + j > last) continue;
      k->source[l & 1][first + j] = (u8)(8 * l + j);
      k->used[l & 1] |= (__mmask64)1 << (first + j);
    }
  }
  k->whole = ((u64)1 << bits) - 1;  // bytes of eight values
}

FN void pack(u8 *out, const u64 *values, size_t count, unsigned bits) {
  packing k;
  make_packing(&k, bits);
  const V even = LD(k.source[0]), odd = LD(k.source[1]), shift = LD(k.shift);
  for (size_t i = 0; i < count; i += 8, out += bits) {
    V x = _mm512_sllv_epi64(LD(values + i), shift);
    V y = _mm512_or_si512(_mm512_maskz_permutexvar_epi8(k.used[0], even, x), _mm512_maskz_permutexvar_epi8(k.used[1], odd, x));
    _mm512_mask_storeu_epi8(out, k.whole, y);
  }
}

FN void unpack(u64 *values, const u8 *in, size_t count, unsigned bits) {
  packing k;
  make_packing(&k, bits);
  const V place = LD(k.place), shift = LD(k.shift), mask = SET(((u64)1 << bits) - 1);
  for (size_t i = 0; i < count; i += 8, in += bits) {
    V x = _mm512_permutexvar_epi8(place, _mm512_maskz_loadu_epi8(k.whole, in));
    ST(values + i, AND(_mm512_srlv_epi64(x, shift), mask));
  }
}

// ---- Products

/// low + 2^52 high, low and high below 2^64, modulo p: below 2 p.
INLINE V fold(const lk_prime *P, V low, V high) {
  CONSTANTS(P);
  high = ADD(high, SRL(low, 52)), low = AND(low, mask52);
  V top = SRL(high, 52);
  high = AND(high, mask52);
  V a = SHOUP(high, FACTOR(P->fold[1])), b = SHOUP(top, FACTOR(P->fold[2])), c = SHOUP(low, FACTOR(P->fold[0]));
  V sum = ADD(ADD(CSUB(a, p1), CSUB(b, p1)), c);
  return CSUB(sum, p2);
}

typedef struct {
  V A, As, B, Bs, C0, C0s, C1, C1s, minus_p, off;
} expansion;

#define TIMES(sum, x, w, q) LO(LO(sum, x, w), HI(ZERO, x, q), e->minus_p)

/// A kernel of J (3, 5 or 8) columns at the points of half a block: three levels of copies, then three of butterflies. Columns
/// a[0], a[8], ...: residues below p. Only the low 52 bits of w count, since products read no others; they stay below 7 p < 2^52,
/// because every level adds a product below 2 p or the difference of 2 p and one.
INLINE void expand(V w[4], const u64 *a, const expansion *e, const size_t J, const int half) {
  V u[4], v[4];
  for (size_t i = 0; i < 4; i++) {
    if (i >= J) continue;
    V x = SET(a[8 * i]);
    u[i] = x;
    if (i + 4 >= J) continue;
    V y = SET(a[8 * (i + 4)]);
    u[i] = half ? SUB(ADD(x, e->off), TIMES(ZERO, y, e->A, e->As)) : TIMES(x, y, e->A, e->As);
  }
  for (size_t i = 0; i < 2; i++) {
    v[i] = v[2 + i] = u[i];
    if (i + 2 >= J) continue;
    v[i] = TIMES(u[i], u[i + 2], e->B, e->Bs);
    v[2 + i] = SUB(ADD(ADD(u[i], u[i]), e->off), v[i]);
  }
  w[0] = TIMES(v[0], v[1], e->C0, e->C0s), w[1] = SUB(ADD(ADD(v[0], v[0]), e->off), w[0]);
  w[2] = TIMES(v[2], v[3], e->C1, e->C1s), w[3] = SUB(ADD(ADD(v[2], v[2]), e->off), w[2]);
}

/// Sums of 52-bit halves of products in words of their own: room for 4096 of them.
INLINE void products_of(const lk_prime *P, const lk_shape *s, const u64 *inputs, const u64 *rows, const u64 *twist, size_t block,
                        u64 *sums, u64 *partial, const size_t J, const int half) {
  CONSTANTS(P);
  const u64(*t)[2][8] = P->forwardLanes[block];
  const expansion made = {LD(t[0][0]),
                          LD(t[0][1]),
                          LD(t[1 + half][0]),
                          LD(t[1 + half][1]),
                          LD(t[3 + 2 * half][0]),
                          LD(t[3 + 2 * half][1]),
                          LD(t[4 + 2 * half][0]),
                          LD(t[4 + 2 * half][1]),
                          minus_p,
                          p2};
  const expansion *e = &made;
  const u64 *from = rows + (block & 7) * s->stride;
  for (size_t first = 0; first < s->polynomials; first += CHUNK) {
    const size_t end = first + CHUNK < s->polynomials ? first + CHUNK : s->polynomials;
    for (size_t o = 0; o < s->outputs; o++) {
      u64 *kept = partial + o * 128;
      V low[8], high[8];
      for (int i = 0; i < 8; i++) {
        low[i] = first ? LD(kept + 8 * i) : ZERO;
        high[i] = first ? LD(kept + 64 + 8 * i) : ZERO;
      }
      const u64 *x = inputs + first * 2 * HALF, *a = from + lk_row_place(s, o, first / 8);
      for (size_t c = first; c < end; c++, x += 2 * HALF, a += (c & 7) ? 1 : 8 * J - 7) {
        V w[4];
        expand(w, a, e, J, half);
        for (int i = 0; i < 4; i++) {
          V y = LD(x + 8 * i), z = LD(x + HALF + 8 * i);
          low[i] = LO(low[i], w[i], y), high[i] = HI(high[i], w[i], y);
          low[4 + i] = LO(low[4 + i], w[i], z), high[4 + i] = HI(high[4 + i], w[i], z);
        }
      }
      if (end < s->polynomials) {
        for (int i = 0; i < 8; i++) ST(kept + 8 * i, low[i]), ST(kept + 64 + 8 * i, high[i]);
        continue;
      }
      u64 *to = sums + o * 2 * N + block * BLOCK + half * HALF;
      const u64 *turn = twist + block * BLOCK + half * HALF;
      for (int i = 0; i < 8; i++) {
        V r = fold(P, low[i], high[i]);
        size_t at = 8 * (i & 3);
        if (twist) r = SHOUP(r, LD(turn + at), LD(turn + N + at));
        ST(to + (i < 4 ? 0 : N) + at, CSUB(r, p1));
      }
    }
  }
}

#define COLUMNS(J)                                                              \
  if (half) products_of(P, s, inputs, rows, twist, block, sums, partial, J, 1); \
  else products_of(P, s, inputs, rows, twist, block, sums, partial, J, 0)

FN void products(const lk_prime *P, const lk_shape *s, const u64 *inputs, const u64 *rows, const u64 *twist, size_t block,
                 size_t half, u64 *sums, u64 *partial) {
  switch (s->columns) {
    case 3: COLUMNS(3); break;
    case 5: COLUMNS(5); break;
    default: COLUMNS(8);
  }
}

FN void wide_add(u64 *sums, const u64 *x, const u64 *w) {
  for (size_t n = 0; n < HALF; n += LANES) {
    V a = LD(x + n), b = LD(w + n);
    ST(sums + n, LO(LD(sums + n), a, b));
    ST(sums + HALF + n, HI(LD(sums + HALF + n), a, b));
  }
}

FN void wide_fold(const lk_prime *P, u64 *out, const u64 *sums) {
  CONSTANTS(P);
  for (size_t n = 0; n < HALF; n += LANES) {
    V r = fold(P, LD(sums + n), LD(sums + HALF + n));
    ST(out + n, CSUB(r, p1));
  }
}

const lk_operations lk_ifma_operations = OPERATIONS(keystream, rows, products);
#endif
