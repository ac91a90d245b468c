// The AVX-512 operations of CLatticeKernel's IFMA path in plain C, so that its logic is tested, under sanitizers too, on processors
// that lack them. Written from Intel's descriptions of the operations; compiled in place of <immintrin.h> with LK_EMULATED.
#ifndef LDCT_AVX512_EMULATION_H
#define LDCT_AVX512_EMULATION_H

#include <math.h>
#include <stdint.h>
#include <string.h>

typedef union {
  uint64_t q[8];
  uint32_t d[16];
  uint8_t b[64];
} __m512i;
typedef struct {
  double f[8];
} __m512d;
typedef union {
  uint64_t q[2];
  uint16_t w[8];
} __m128i;
typedef union {
  uint64_t q[4];
  uint32_t d[8];
} __m256i;
typedef uint8_t __mmask8;
typedef uint64_t __mmask64;

#define EMULATED static inline __attribute__((always_inline, unused))
#define EACH(n) for (int i = 0; i < (n); i++)
#define LANES64(name, expression)                         \
  EMULATED __m512i name(__m512i a, __m512i b) {           \
    __m512i r;                                            \
    EACH(8) r.q[i] = (expression);                        \
    return r;                                             \
  }
LANES64(_mm512_add_epi64, a.q[i] + b.q[i])
LANES64(_mm512_sub_epi64, a.q[i] - b.q[i])
LANES64(_mm512_and_si512, a.q[i] & b.q[i])
LANES64(_mm512_or_si512, a.q[i] | b.q[i])
LANES64(_mm512_xor_si512, a.q[i] ^ b.q[i])
LANES64(_mm512_min_epu64, b.q[i] + ((a.q[i] - b.q[i]) & -(uint64_t)(a.q[i] < b.q[i])))
LANES64(_mm512_sllv_epi64, b.q[i] < 64 ? a.q[i] << b.q[i] : 0)
LANES64(_mm512_srlv_epi64, b.q[i] < 64 ? a.q[i] >> b.q[i] : 0)
LANES64(_mm512_unpacklo_epi64, i & 1 ? b.q[i - 1] : a.q[i])
LANES64(_mm512_unpackhi_epi64, i & 1 ? b.q[i] : a.q[i + 1])

EMULATED __m512i _mm512_loadu_si512(const void *p) {
  __m512i r;
  memcpy(&r, p, 64);
  return r;
}
EMULATED void _mm512_storeu_si512(void *p, __m512i v) { memcpy(p, &v, 64); }
EMULATED __m128i _mm_loadu_si128(const void *p) {
  __m128i r;
  memcpy(&r, p, 16);
  return r;
}
EMULATED __m256i _mm256_loadu_si256(const void *p) {
  __m256i r;
  memcpy(&r, p, 32);
  return r;
}
EMULATED __m512i _mm512_set1_epi64(long long x) {
  __m512i r;
  EACH(8) r.q[i] = (uint64_t)x;
  return r;
}
EMULATED __m512i _mm512_setzero_si512(void) { return _mm512_set1_epi64(0); }
EMULATED __m512i _mm512_set1_epi32(int x) {
  __m512i r;
  EACH(16) r.d[i] = (uint32_t)x;
  return r;
}
EMULATED __m512i _mm512_set_epi32(int a15, int a14, int a13, int a12, int a11, int a10, int a9, int a8, int a7, int a6, int a5,
                                  int a4, int a3, int a2, int a1, int a0) {
  int values[16] = {a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15};
  __m512i r;
  memcpy(&r, values, 64);
  return r;
}
EMULATED __m128i _mm_cvtsi32_si128(int x) { return (__m128i){.q = {(uint32_t)x, 0}}; }
EMULATED __m512i _mm512_sll_epi64(__m512i a, __m128i n) {
  EACH(8) a.q[i] = n.q[0] < 64 ? a.q[i] << n.q[0] : 0;
  return a;
}
EMULATED __m512i _mm512_srl_epi64(__m512i a, __m128i n) {
  EACH(8) a.q[i] = n.q[0] < 64 ? a.q[i] >> n.q[0] : 0;
  return a;
}
EMULATED __m512i _mm512_sra_epi64(__m512i a, __m128i n) {
  EACH(8) a.q[i] = (uint64_t)((int64_t)a.q[i] >> (n.q[0] < 64 ? n.q[0] : 63));
  return a;
}
EMULATED __m512i _mm512_popcnt_epi64(__m512i a) {
  EACH(8) a.q[i] = (uint64_t)__builtin_popcountll(a.q[i]);
  return a;
}
EMULATED __m512i _mm512_madd52lo_epu64(__m512i s, __m512i a, __m512i b) {
  const uint64_t mask = ((uint64_t)1 << 52) - 1;
  EACH(8) s.q[i] += (uint64_t)((unsigned __int128)(a.q[i] & mask) * (b.q[i] & mask)) & mask;
  return s;
}
EMULATED __m512i _mm512_madd52hi_epu64(__m512i s, __m512i a, __m512i b) {
  const uint64_t mask = ((uint64_t)1 << 52) - 1;
  EACH(8) s.q[i] += (uint64_t)((unsigned __int128)(a.q[i] & mask) * (b.q[i] & mask) >> 52);
  return s;
}
EMULATED __mmask8 _mm512_cmplt_epu64_mask(__m512i a, __m512i b) {
  __mmask8 k = 0;
  EACH(8) k |= (__mmask8)((a.q[i] < b.q[i]) << i);
  return k;
}
EMULATED __mmask8 _mm512_cmpgt_epu64_mask(__m512i a, __m512i b) { return _mm512_cmplt_epu64_mask(b, a); }
EMULATED __m512i _mm512_maskz_mov_epi64(__mmask8 k, __m512i a) {
  EACH(8) a.q[i] &= -(uint64_t)(k >> i & 1);
  return a;
}
EMULATED __m512i _mm512_maskz_compress_epi64(__mmask8 k, __m512i a) {
  __m512i r = _mm512_setzero_si512();
  int n = 0;
  EACH(8) if (k >> i & 1) r.q[n++] = a.q[i];
  return r;
}
EMULATED __m512i _mm512_shuffle_i64x2(__m512i a, __m512i b, int how) {
  __m512i r;
  EACH(4) {
    const __m512i *from = i < 2 ? &a : &b;
    memcpy(r.q + 2 * i, from->q + 2 * (how >> (2 * i) & 3), 16);
  }
  return r;
}
#define _mm512_shuffle_i32x4 _mm512_shuffle_i64x2
EMULATED __m512i _mm512_add_epi32(__m512i a, __m512i b) {
  EACH(16) a.d[i] += b.d[i];
  return a;
}
EMULATED __m512i _mm512_rol_epi32(__m512i a, int n) {
  EACH(16) a.d[i] = a.d[i] << n | a.d[i] >> (32 - n);
  return a;
}
EMULATED __m512i _mm512_unpacklo_epi32(__m512i a, __m512i b) {
  __m512i r;
  EACH(16) r.d[i] = (i & 1 ? b : a).d[(i & ~3) + (i & 3) / 2];
  return r;
}
EMULATED __m512i _mm512_unpackhi_epi32(__m512i a, __m512i b) {
  __m512i r;
  EACH(16) r.d[i] = (i & 1 ? b : a).d[(i & ~3) + 2 + (i & 3) / 2];
  return r;
}
EMULATED __m512i _mm512_permutexvar_epi8(__m512i index, __m512i a) {
  __m512i r;
  EACH(64) r.b[i] = a.b[index.b[i] & 63];
  return r;
}
EMULATED __m512i _mm512_maskz_permutexvar_epi8(__mmask64 k, __m512i index, __m512i a) {
  __m512i r = _mm512_permutexvar_epi8(index, a);
  EACH(64) if (!(k >> i & 1)) r.b[i] = 0;
  return r;
}
EMULATED __m512i _mm512_maskz_loadu_epi8(__mmask64 k, const void *p) {
  __m512i r = _mm512_setzero_si512();
  EACH(64) if (k >> i & 1) r.b[i] = ((const uint8_t *)p)[i];
  return r;
}
EMULATED void _mm512_mask_storeu_epi8(void *p, __mmask64 k, __m512i a) {
  EACH(64) if (k >> i & 1) ((uint8_t *)p)[i] = a.b[i];
}
EMULATED __m512i _mm512_cvtepi16_epi64(__m128i a) {
  __m512i r;
  EACH(8) r.q[i] = (uint64_t)(int64_t)(int16_t)a.w[i];
  return r;
}
EMULATED __m512i _mm512_cvtepu32_epi64(__m256i a) {
  __m512i r;
  EACH(8) r.q[i] = a.d[i];
  return r;
}

#define LANESD(name, expression)                          \
  EMULATED __m512d name(__m512d a, __m512d b) {           \
    EACH(8) a.f[i] = (expression);                        \
    return a;                                             \
  }
LANESD(_mm512_add_pd, a.f[i] + b.f[i])
LANESD(_mm512_sub_pd, a.f[i] - b.f[i])
LANESD(_mm512_mul_pd, a.f[i] * b.f[i])
LANESD(_mm512_max_pd, a.f[i] > b.f[i] ? a.f[i] : b.f[i])
EMULATED __m512d _mm512_abs_pd(__m512d a) {
  EACH(8) a.f[i] = fabs(a.f[i]);
  return a;
}
EMULATED __m512d _mm512_set1_pd(double x) {
  __m512d r;
  EACH(8) r.f[i] = x;
  return r;
}
EMULATED __m512d _mm512_cvtepu64_pd(__m512i a) {
  __m512d r;
  EACH(8) r.f[i] = (double)a.q[i];
  return r;
}
EMULATED __m512d _mm512_cvtepi64_pd(__m512i a) {
  __m512d r;
  EACH(8) r.f[i] = (double)(int64_t)a.q[i];
  return r;
}
EMULATED __m512i _mm512_cvtpd_epi64(__m512d a) {
  // Of |x| < 2^51, as the kernel's are; without a call or a branch, so that MemorySanitizer follows secrets through it.
  __m512d magic = _mm512_set1_pd(6755399441055744.0), shifted = _mm512_add_pd(a, magic);
  __m512i bits, base;
  memcpy(&bits, &shifted, 64), memcpy(&base, &magic, 64);
  return _mm512_sub_epi64(bits, base);
}
#define _mm512_cvtpd_epu64 _mm512_cvtpd_epi64  // of no negative numbers

#endif
