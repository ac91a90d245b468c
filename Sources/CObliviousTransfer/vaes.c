// VAES: two blocks an instruction in 256-bit vectors, sixteen in flight. Compiled for every x86-64, run only where ot_available
// says so.
#if defined(__x86_64__)
#include <immintrin.h>

#include "expand_key.h"
#include "kernel.h"

#pragma clang attribute push(__attribute__((target("avx2,aes,vaes"))), apply_to = function)

typedef __m256i vec;

static inline __attribute__((always_inline)) __m256i twice(const __m128i *roundKey) {
  return _mm256_broadcastsi128_si256(_mm_loadu_si128(roundKey));
}

static inline __attribute__((always_inline)) void aes(vec x[8], const uint8_t *key) {
  const __m128i *k = (const __m128i *)key;
  __m256i round = twice(k);
  for (int i = 0; i < 8; i++) x[i] = _mm256_xor_si256(x[i], round);
  for (int r = 1; r < 10; r++) {
    round = twice(k + r);
    for (int i = 0; i < 8; i++) x[i] = _mm256_aesenc_epi128(x[i], round);
  }
  round = twice(k + 10);
  for (int i = 0; i < 8; i++) x[i] = _mm256_aesenclast_epi128(x[i], round);
}

#define NAME(function) function##_vaes
#include "template.h"

const ot_operations ot_vaes_operations = OPERATIONS;

#pragma clang attribute pop
#endif
