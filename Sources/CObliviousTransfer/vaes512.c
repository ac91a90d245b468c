// VAES in 512-bit vectors: four blocks an instruction, thirty-two in flight, and a plane a register. Compiled for every x86-64, run
// only where ot_available says so.
#if defined(__x86_64__)
#include <immintrin.h>

#include "expand_key.h"
#include "kernel.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,aes,vaes"))), apply_to = function)

typedef __m512i vec;

static inline __attribute__((always_inline)) __m512i four_times(const __m128i *roundKey) {
  return _mm512_broadcast_i32x4(_mm_loadu_si128(roundKey));
}

static inline __attribute__((always_inline)) void aes(vec x[8], const uint8_t *key) {
  const __m128i *k = (const __m128i *)key;
  __m512i round = four_times(k);
  for (int i = 0; i < 8; i++) x[i] = _mm512_xor_si512(x[i], round);
  for (int r = 1; r < 10; r++) {
    round = four_times(k + r);
    for (int i = 0; i < 8; i++) x[i] = _mm512_aesenc_epi128(x[i], round);
  }
  round = four_times(k + 10);
  for (int i = 0; i < 8; i++) x[i] = _mm512_aesenclast_epi128(x[i], round);
}

#define NAME(function) function##_vaes512
#include "template.h"

const ot_operations ot_vaes512_operations = OPERATIONS;

#pragma clang attribute pop
#endif
