// Keystreams inside the kernel.
#ifndef LDCT_LATTICE_SAMPLING_H
#define LDCT_LATTICE_SAMPLING_H

#include "kernel.h"

typedef struct {
  const u8 *seed;
  u8 nonce[12];
  size_t unit;  // of 1024 bytes, the next to draw
} lk_stream;

/// Tells the test hook.
lk_stream lk_stream_of(const u8 *seed, lk_purpose purpose, int prime, u64 index);
/// The next `units` times 1024 bytes.
void lk_draw(const lk_ring *ring, lk_stream *stream, void *out, size_t units);
/// `out` and `words` have room for N + 64 words.
void lk_draw_uniform(const lk_ring *ring, u64 *out, u64 *words, const u8 *seed, lk_purpose purpose, int prime, u64 index);
/// Centred binomial coefficients: a difference of the ones in two fields of 21 bits; variance 10.5. `words` has room for N words.
void lk_draw_error(const lk_ring *ring, i64 *out, u64 *words, const u8 *seed, lk_purpose purpose, u64 index);
/// Coefficients -1, 0, 1: floor(3 r / 2^64) - 1 for words r.
void lk_draw_ternary(const lk_ring *ring, i64 *out, u64 *words, const u8 *seed, lk_purpose purpose, u64 index);

#endif
