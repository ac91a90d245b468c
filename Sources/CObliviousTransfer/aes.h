// AES-128 by the processor's instructions: included by vaes512.c, vaes.c and aesni.c, which define before it
//   vec                    a vector of one block or several
//   ROUND_KEY(at)          a round's key for each of its blocks
//   ENCRYPT, ENCRYPT_LAST  a round, and the last one

INLINE void aes(vec x[8], const uint8_t *key) {
  const __m128i *k = (const __m128i *)key;
  vec round = ROUND_KEY(k);
  for (int i = 0; i < 8; i++) x[i] ^= round;
  for (int r = 1; r < 10; r++) {
    round = ROUND_KEY(k + r);
    for (int i = 0; i < 8; i++) x[i] = ENCRYPT(x[i], round);
  }
  round = ROUND_KEY(k + 10);
  for (int i = 0; i < 8; i++) x[i] = ENCRYPT_LAST(x[i], round);
}

INLINE __m128i next_round_key(__m128i key, __m128i assist) {
  assist = _mm_shuffle_epi32(assist, 0xff);
  key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
  key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
  key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
  return _mm_xor_si128(key, assist);
}

INLINE void expand_key(uint8_t *key, const uint8_t *seed) {
  __m128i k = _mm_loadu_si128((const __m128i *)seed), *out = (__m128i *)key;
  _mm_storeu_si128(out, k);
// The round constant has to be a literal.
#define ROUND(i, constant)                                       \
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
