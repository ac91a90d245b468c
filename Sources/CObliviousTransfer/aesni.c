// AES-NI: one block an instruction, eight in flight. Compiled for every x86-64, run only where ot_available says so.
#if defined(__x86_64__)
#include <immintrin.h>

#include "expand_key.h"
#include "kernel.h"

#pragma clang attribute push(__attribute__((target("sse4.1,aes"))), apply_to = function)

typedef __m128i vec;

static inline __attribute__((always_inline)) void aes(vec x[8], const uint8_t *key) {
  const __m128i *k = (const __m128i *)key;
  __m128i round = _mm_loadu_si128(k);
  for (int i = 0; i < 8; i++) x[i] = _mm_xor_si128(x[i], round);
  for (int r = 1; r < 10; r++) {
    round = _mm_loadu_si128(k + r);
    for (int i = 0; i < 8; i++) x[i] = _mm_aesenc_si128(x[i], round);
  }
  round = _mm_loadu_si128(k + 10);
  for (int i = 0; i < 8; i++) x[i] = _mm_aesenclast_si128(x[i], round);
}

#define NAME(function) function##_aesni
#include "template.h"

const ot_operations ot_aesni_operations = OPERATIONS;

#pragma clang attribute pop
#endif
