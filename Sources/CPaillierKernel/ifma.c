// The AVX-512 IFMA path: eight lanes, radix 2^52, structure of arrays. Compiled for every x86-64, run only where
// pk_available says so.
#if defined(__x86_64__)
#include <immintrin.h>

#include "kernel.h"

#define IFMA __attribute__((target("avx512f,avx512ifma")))
#define INLINE static inline __attribute__((always_inline)) IFMA
#define LO(sum, a, b) _mm512_madd52lo_epu64(sum, a, b)
#define HI(sum, a, b) _mm512_madd52hi_epu64(sum, a, b)
#define ALL(scalar) _mm512_set1_epi64((long long)(scalar))

typedef __m512i v;
enum { MOST = (PK_MAXIMUM_BITS + 12 + 51) / 52 };

/// Adjusts the columns to 52-bit limbs; columns may be negative, the number they make is not.
INLINE void carry(v *out, const v *columns, int L) {
  v c = _mm512_setzero_si512(), mask = ALL(((uint64_t)1 << 52) - 1);
  for (int j = 0; j < L; j++) {
    v t = _mm512_add_epi64(columns[j], c);
    c = _mm512_srai_epi64(t, 52);
    _mm512_storeu_si512(out + j, _mm512_and_si512(t, mask));
  }
}

/// out = x y R^-1 in pairs; components below 4n give components below 1.001 n.
///
/// One pass a digit of y: A += a1 x, B += a1 y + b1 x - q (digits x of a2, y of b2), then a digit q, p each of the quotients
/// makes the lowest column vanish. q and p of the next pass are made as soon as its lowest column is known, so that their
/// latency hides behind the rest of the pass. A square needs one product less: B += a1 (2 b1).
INLINE void product(v *out, const v *left, const v *right, const pk_modulus *m, const int L, const int square) {
  v A[MOST], B[MOST], twice[MOST];
  const uint64_t *n = m->data + m->radix, *multiple = m->data + m->multiple;
  const v zero = _mm512_setzero_si512(), k = ALL(m->negInverse);
  const v *a1 = left, *b1 = left + L, *a2 = right, *b2 = right + L;
  if (square) {
    v mask = ALL(((uint64_t)1 << 52) - 1), low = zero;
    for (int j = 0; j < L; j++) {
      v b = _mm512_loadu_si512(b1 + j);
      twice[j] = _mm512_and_si512(_mm512_or_si512(_mm512_slli_epi64(b, 1), low), mask);
      low = _mm512_srli_epi64(b, 51);
    }
    b2 = twice;
  }
  for (int j = 0; j < L; j++) A[j] = zero, B[j] = ALL(multiple[j]);

  v x = _mm512_loadu_si512(a2), y = _mm512_loadu_si512(b2), q, p, t, u;
// The two quotient digits for digits x, y, and what the lowest columns carry on.
#define QUOTIENTS                                               \
  do {                                                          \
    v a0 = _mm512_loadu_si512(a1), n0 = ALL(n[0]);              \
    t = LO(A[0], a0, x), q = LO(zero, t, k), t = LO(t, n0, q);  \
    u = LO(B[0], a0, y);                                        \
    if (!square) u = LO(u, _mm512_loadu_si512(b1), x);          \
    u = _mm512_sub_epi64(u, q), p = LO(zero, u, k);             \
    u = LO(u, n0, p);                                           \
    t = _mm512_srli_epi64(t, 52), u = _mm512_srai_epi64(u, 52); \
  } while (0)
  QUOTIENTS;
  for (int i = 0; i < L; i++) {
    v pa = _mm512_loadu_si512(a1), pb = _mm512_loadu_si512(b1), pn = ALL(n[0]);
    v x0 = x, y0 = y, q0 = q, p0 = p;
    for (int j = 1; j < L; j++) {
      v s = HI(HI(A[j], pa, x0), pn, q0), w = HI(B[j], pa, y0), z = HI(zero, pn, p0);
      if (!square) w = HI(w, pb, x0);
      pa = _mm512_loadu_si512(a1 + j), pn = ALL(n[j]);
      s = LO(LO(s, pa, x0), pn, q0), w = LO(w, pa, y0), z = LO(z, pn, p0);
      if (!square) pb = _mm512_loadu_si512(b1 + j), w = LO(w, pb, x0);
      w = _mm512_add_epi64(w, z);
      if (j == 1) {
        A[0] = _mm512_add_epi64(s, t), B[0] = _mm512_add_epi64(w, u);
        int next = i + 1 < L ? i + 1 : i;  // the last pass has no successor; its quotients are not used
        x = _mm512_loadu_si512(a2 + next), y = _mm512_loadu_si512(b2 + next);
        QUOTIENTS;
      } else {
        A[j - 1] = s, B[j - 1] = w;
      }
    }
    v w = HI(HI(zero, pa, y0), pn, p0);
    if (!square) w = HI(w, pb, x0);
    A[L - 1] = HI(HI(zero, pa, x0), pn, q0), B[L - 1] = w;
  }
  carry(out, A, L);
  carry(out + L, B, L);
}

/// Transposes an 8x8 block of words: row r becomes column r.
INLINE void transpose(v r[8]) {
  v a[8], b[8];
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
}

IFMA static void load(const pk_modulus *m, uint64_t *group, const uint64_t *const entries[PK_LANES], int lanes) {
  for (size_t word = 0; word < m->entry; word += 8) {
    v r[8];
    for (int lane = 0; lane < PK_LANES; lane++)
      r[lane] = _mm512_loadu_si512(entries[lane < lanes ? lane : 0] + word);
    transpose(r);
    for (int i = 0; i < 8; i++) _mm512_storeu_si512(group + (word + i) * PK_LANES, r[i]);
  }
}

IFMA static void store(const pk_modulus *m, uint64_t *const entries[PK_LANES], const uint64_t *group, int lanes) {
  for (size_t word = 0; word < m->entry; word += 8) {
    v r[8];
    for (int i = 0; i < 8; i++) r[i] = _mm512_loadu_si512(group + (word + i) * PK_LANES);
    transpose(r);
    for (int lane = 0; lane < lanes; lane++) _mm512_storeu_si512(entries[lane] + word, r[lane]);
  }
}

IFMA static void select_masked(const pk_modulus *m, uint64_t *out, const uint64_t *table, size_t groups, unsigned digit) {
  // Eight vectors of every group at a time, so that the sums stay in registers.
  size_t vectors = m->entry;
  for (size_t first = 0; first < vectors; first += 8) {
    v sum[8];
    for (int i = 0; i < 8; i++) sum[i] = _mm512_setzero_si512();
    for (size_t g = 0; g < groups; g++) {
      uint64_t difference = g ^ digit, bits = ((difference | -difference) >> 63) - 1;
      __asm__ volatile("" : "+r"(bits));  // the compiler may not turn the mask back into a branch
      v mask = ALL(bits);
      const uint64_t *from = table + (g * vectors + first) * PK_LANES;
      for (int i = 0; i < 8; i++)
        sum[i] = _mm512_or_si512(sum[i], _mm512_and_si512(mask, _mm512_loadu_si512(from + i * PK_LANES)));
    }
    for (int i = 0; i < 8; i++) _mm512_storeu_si512(out + (first + i) * PK_LANES, sum[i]);
  }
}

// The words that pad an entry to whole lines are never read as limbs, but they are loaded: `product` leaves them alone.
#define SIZE(NAME, L)                                                                                                    \
  IFMA static void multiply##NAME(const pk_modulus *m, uint64_t *out, const uint64_t *x, const uint64_t *y, int lanes) { \
    (void)lanes;                                                                                                         \
    product((v *)out, (const v *)x, (const v *)y, m, L, 0);                                                              \
  }                                                                                                                      \
  IFMA static void square##NAME(const pk_modulus *m, uint64_t *out, const uint64_t *x, int lanes) {                      \
    (void)lanes;                                                                                                         \
    product((v *)out, (const v *)x, (const v *)x, m, L, 1);                                                              \
  }                                                                                                                      \
  static const pk_operations operations##NAME = {load, store, multiply##NAME, select_masked, square##NAME};
SIZE(11, 11)   // |p| = 512
SIZE(20, 20)   // |n| = 1024, |p| = 1024
SIZE(30, 30)   // |p| = 1536
SIZE(40, 40)   // |n| = 2048
SIZE(60, 60)   // |n| = 3072
SIZE(Any, (int)m->limbs)

const pk_operations *pk_ifma_operations(size_t limbs) {
  switch (limbs) {
    case 11: return &operations11;
    case 20: return &operations20;
    case 30: return &operations30;
    case 40: return &operations40;
    case 60: return &operations60;
    default: return &operationsAny;
  }
}
#endif
