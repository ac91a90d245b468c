// Keystreams and what is drawn from them.
#include <stdlib.h>

#include "sampling.h"

static void (*keystream_hook)(const uint8_t *, const uint8_t *);
void lk_set_keystream_hook(void (*hook)(const uint8_t *, const uint8_t *)) { keystream_hook = hook; }

lk_stream lk_stream_of(const u8 *seed, lk_purpose purpose, int prime, u64 index) {
  lk_stream stream = {.seed = seed, .nonce = {(u8)purpose, (u8)prime}};
  for (int i = 0; i < 8; i++) stream.nonce[4 + i] = (u8)(index >> (8 * i));
  if (keystream_hook) keystream_hook(seed, stream.nonce);
  return stream;
}

void lk_draw(const lk_ring *ring, lk_stream *stream, void *out, size_t units) {
  lk_operations_of(ring)->keystream(out, units, stream->seed, stream->nonce, stream->unit);
  stream->unit += units;
}

void lk_draw_uniform(const lk_ring *ring, u64 *out, u64 *words, const u8 *seed, lk_purpose purpose, int prime, u64 index) {
  const lk_prime *P = &ring->prime[prime];
  lk_stream stream = lk_stream_of(seed, purpose, prime, index);
  size_t size = P->bits <= 32 ? 4 : 8;
  // Nearly every word of F is accepted, five of eight for a prime of 16 bits such as 40961.
  for (size_t have = 0; have < N;) {
    size_t units = ((N - have) * size + 1023) / 1024;
    lk_draw(ring, &stream, words, units);
    have = lk_operations_of(ring)->uniform(P, out, have, (const u8 *)words, units * 1024 / size);
  }
}

void lk_draw_error(const lk_ring *ring, i64 *out, u64 *words, const u8 *seed, lk_purpose purpose, u64 index) {
  lk_stream stream = lk_stream_of(seed, purpose, 0, index);
  lk_draw(ring, &stream, words, N * 8 / 1024);
  lk_operations_of(ring)->error(out, words);
}

void lk_draw_ternary(const lk_ring *ring, i64 *out, u64 *words, const u8 *seed, lk_purpose purpose, u64 index) {
  lk_stream stream = lk_stream_of(seed, purpose, 0, index);
  lk_draw(ring, &stream, words, N * 8 / 1024);
  lk_operations_of(ring)->ternary(out, words);
}

// ---- The same for tests, with scratch of their own

void lk_keystream(const uint64_t *context, uint8_t *out, size_t bytes, const uint8_t *seed, lk_purpose purpose, int prime,
                  uint64_t index) {
  lk_stream stream = lk_stream_of(seed, purpose, prime, index);
  lk_draw(lk_view(context), &stream, out, bytes / 1024);
}

void lk_uniform(const uint64_t *context, uint64_t *residues, const uint8_t *seed, lk_purpose purpose, int prime, uint64_t index) {
  u64 *words = lk_allocate(2 * (N + 64));
  lk_draw_uniform(lk_view(context), words, words + N + 64, seed, purpose, prime, index);
  memcpy(residues, words, N * 8);
  lk_release(words, 2 * (N + 64), 0);
}
