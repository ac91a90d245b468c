// AES-128's key schedule by AES-NI, for the paths that have it.
#ifndef LDCT_OT_EXPAND_KEY_H
#define LDCT_OT_EXPAND_KEY_H

#include <immintrin.h>
#include <stdint.h>

#define AES __attribute__((target("sse4.1,aes")))

AES static inline __m128i next_round_key(__m128i key, __m128i assist) {
  assist = _mm_shuffle_epi32(assist, 0xff);
  key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
  key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
  key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
  return _mm_xor_si128(key, assist);
}

AES static inline void expand_key(uint8_t *key, const uint8_t *seed) {
  __m128i k = _mm_loadu_si128((const __m128i *)seed), *out = (__m128i *)key;
  _mm_storeu_si128(out, k);
// The round constant has to be a literal.
#define ROUND(i, constant)                                             \
  k = next_round_key(k, _mm_aeskeygenassist_si128(k, constant)); \
  _mm_storeu_si128(out + i, k)
  ROUND(1, 0x01);
  ROUND(2, 0x02);
  ROUND(3, 0x04);
  ROUND(4, 0x08);
  ROUND(5, 0x10);
  ROUND(6, 0x20);
  ROUND(7, 0x40);
  ROUND(8, 0x80);
  ROUND(9, 0x1b);
  ROUND(10, 0x36);
#undef ROUND
}

#undef AES
#endif
