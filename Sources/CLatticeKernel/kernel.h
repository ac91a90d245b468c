// Shared by the paths of the kernel; not visible to Swift.
#ifndef LDCT_LATTICE_INTERNAL_H
#define LDCT_LATTICE_INTERNAL_H

#include <string.h>

#include "include/lattice_kernel.h"

typedef uint64_t u64;
typedef int64_t i64;
typedef uint8_t u8;
typedef unsigned __int128 u128;

enum { N = LK_DEGREE, BLOCK = 64, BLOCKS = 64, HALF = 32, CHUNK = 48 };

/// A constant factor w and its quotient floor(w 2^r / p), r = 52 or 64 by the path: then x w - floor(x quotient / 2^r) p lies in
/// [0, 2 p) for every x < 2^r (Shoup).
typedef struct {
  u64 value, quotient;
} lk_factor;

/// Roots are stored in bit-reversed order; those of the last three levels eight lanes at a time, for each block of 64 places:
/// [0] level 10, [1...2] level 11, [3...6] level 12; values, then quotients.
typedef struct {
  u64 p, bits, psi;
  u64 lift;  // a multiple of p from 2^40 on
  lk_factor scale, fold[3], high;  // 1 / 4096; 1, 2^52 or 2^64, 2^104; 2^32
  lk_factor forward[512], inverse[512];
  u64 forwardLanes[BLOCKS][7][2][8] __attribute__((aligned(64)));
  u64 inverseLanes[BLOCKS][7][2][8];
} lk_prime;

typedef struct {
  u64 path, radix;  // bits of a quotient
  lk_factor dropped;  // 1 / p2 modulo p1
  lk_prime prime[2] __attribute__((aligned(64)));
} lk_ring;

static inline const lk_ring *lk_view(const u64 *context) { return (const lk_ring *)context; }

static inline u64 lk_multiply(u64 a, u64 b, u64 p) { return (u64)((u128)a * b % p); }
u64 lk_power(u64 base, u64 exponent, u64 p);
static inline lk_factor lk_factor_of(const lk_ring *ring, u64 value, u64 p) {
  return (lk_factor){value, (u64)(((u128)value << ring->radix) / p)};
}
/// The twenty rounds of ChaCha (RFC 8439) on sixteen words or vectors x, with a path's own addition and xor and rotation.
#define LK_CHACHA_QUARTER(x, a, b, c, d, ADD, TURN)                          \
  x[a] = ADD(x[a], x[b]), x[d] = TURN(x[d], x[a], 16), x[c] = ADD(x[c], x[d]), \
  x[b] = TURN(x[b], x[c], 12), x[a] = ADD(x[a], x[b]), x[d] = TURN(x[d], x[a], 8), \
  x[c] = ADD(x[c], x[d]), x[b] = TURN(x[b], x[c], 7)
#define LK_CHACHA_ROUNDS(x, ADD, TURN)                \
  for (int round = 0; round < 10; round++) {          \
    LK_CHACHA_QUARTER(x, 0, 4, 8, 12, ADD, TURN);     \
    LK_CHACHA_QUARTER(x, 1, 5, 9, 13, ADD, TURN);     \
    LK_CHACHA_QUARTER(x, 2, 6, 10, 14, ADD, TURN);    \
    LK_CHACHA_QUARTER(x, 3, 7, 11, 15, ADD, TURN);    \
    LK_CHACHA_QUARTER(x, 0, 5, 10, 15, ADD, TURN);    \
    LK_CHACHA_QUARTER(x, 1, 6, 11, 12, ADD, TURN);    \
    LK_CHACHA_QUARTER(x, 2, 7, 8, 13, ADD, TURN);     \
    LK_CHACHA_QUARTER(x, 3, 4, 9, 14, ADD, TURN);     \
  }
/// The bits of n in reverse.
static inline unsigned lk_reversed(unsigned n, int bits) {
  unsigned r = 0;
  for (int i = 0; i < bits; i++) r |= (n >> i & 1) << (bits - 1 - i);
  return r;
}
/// Rows or columns a kernel is padded to with zeros: 3, 5 or 8.
static inline unsigned lk_padded(unsigned n) { return n <= 3 ? 3 : n <= 5 ? 5 : 8; }
static inline size_t lk_octets(size_t n) { return (n + 7) / 8; }

/// A layer's kernels as products read them.
typedef struct {
  size_t outputs, polynomials, octets;  // octets: of polynomials
  unsigned rows, columns;               // padded
  unsigned share, shareRows;
  size_t stride;                        // words of one block's transformed rows
} lk_shape;
lk_shape lk_shape_of(const lk_kernels *kernels);

/// Where the transformed rows of an output's octet of polynomials stand within a block: chunks of CHUNK polynomials, outputs within
/// a chunk, octets within an output.
static inline size_t lk_row_place(const lk_shape *s, size_t output, size_t octet) {
  size_t per = CHUNK / 8, chunk = octet / per, left = s->octets - chunk * per, own = left < per ? left : per;
  return (chunk * per * s->outputs + output * own + octet % per) * 8 * s->columns;
}

/// How a switched answer is made of residues.
typedef struct {
  unsigned floodBits;
  u64 half;         // p2 / 2
  double scale;     // 2^(L + 5) / p1
  u64 mask;         // of L + 5 bits
  unsigned dropped;
} lk_switch;

typedef struct {
  void (*forward)(const lk_prime *P, u64 *a);
  void (*inverse)(const lk_prime *P, u64 *a);
  /// `units` times 16 blocks of ChaCha20 from block 16 `first` on.
  void (*keystream)(u8 *out, size_t units, const u8 *seed, const u8 *nonce, size_t first);
  /// Appends those of `count` (a multiple of 8) words below the prime. - Returns: how many residues there are now, at most N.
  size_t (*uniform)(const lk_prime *P, u64 *out, size_t have, const u8 *words, size_t count);
  void (*error)(i64 *out, const u64 *words);
  void (*ternary)(i64 *out, const u64 *words);
  /// Eight values of `bits` bits (at most 52) in as many bytes, little-endian; `count` is a multiple of 8.
  void (*pack)(u8 *out, const u64 *values, size_t count, unsigned bits);
  void (*unpack)(u64 *values, const u8 *in, size_t count, unsigned bits);
  /// Residues of m Delta + e.
  void (*encode)(const lk_prime *P, lk_factor delta, u64 *out, const i64 *m, const i64 *e);
  /// Residues of small coefficients.
  void (*reduce)(const lk_prime *P, u64 *out, const i64 *small);
  /// sum +- x factor; factors stand as values, then quotients.
  void (*add_product)(const lk_prime *P, u64 *sum, const u64 *x, const u64 *factor);
  void (*subtract_product)(const lk_prime *P, u64 *sum, const u64 *x, const u64 *factor);
  void (*scale)(const lk_prime *P, u64 *out, const u64 *x, const u64 *factor);
  /// Transformed rows of all kernels in the blocks 8 group...8 group + 7.
  void (*rows)(const lk_ring *ring, const lk_prime *P, const lk_shape *s, const int16_t *taps, size_t group, u64 *out);
  /// Sums of half a block, over all polynomials, times `twist` if it is not NULL.
  void (*products)(const lk_prime *P, const lk_shape *s, const u64 *inputs, const u64 *rows, const u64 *twist, size_t block,
                   size_t half, u64 *sums, u64 *partial);
  /// Adds x[i] w[i] for 32 places to sums of two words each, [low | high] of 32; and what those sums come to.
  void (*wide_add)(u64 *sums, const u64 *x, const u64 *w);
  void (*wide_fold)(const lk_prime *P, u64 *out, const u64 *sums);
  /// sum += multiplier factor x over 32 places; `factor` (values and quotients `N` apart) may be NULL.
  void (*add_scaled)(const lk_prime *P, u64 *sum, const u64 *x, lk_factor multiplier, const u64 *factor);
  /// values[n] += Delta addend; `step` 0: one addend for all.
  void (*add_plain)(const lk_prime *P, lk_factor delta, u64 *values, size_t count, const i64 *addends, size_t step);
  /// Adds three signed words of `bits` bits each to every value.
  void (*flood)(const lk_prime *P, u64 *values, size_t count, const u64 *words, unsigned bits);
  void (*add_small)(const lk_prime *P, u64 *values, const i64 *small);
  /// Residues modulo both primes to those of the quotient by p2, rounded, modulo p1.
  void (*drop)(const lk_ring *ring, u64 *values, const u64 *second, size_t count, const lk_switch *how);
  void (*round_low)(u64 *values, size_t count, const lk_switch *how);
  void (*round_high)(const lk_prime *P, u64 *values, const lk_switch *how);
  /// values = round(low 2^-5 + high 2^L / p1) modulo 2^L, centred.
  void (*decode)(i64 *values, const u64 *low, const u64 *high, size_t count, unsigned bits, double step, double *noise);
} lk_operations;

extern const lk_operations lk_portable_operations, lk_avx2_operations, lk_ifma_operations;

// The AVX2 path's own operations, and what it takes from the portable one.
void lk_avx2_products(const lk_prime *P, const lk_shape *s, const u64 *inputs, const u64 *rows, const u64 *twist, size_t block,
                      size_t half, u64 *sums, u64 *partial);
void lk_avx2_rows_to_doubles(u64 *rows, size_t count);
void lk_avx2_keystream(u8 *out, size_t units, const u8 *seed, const u8 *nonce, size_t first);
/// Sums of two words each, [place][c0 | c1], of half a block to residues from place `at` on, times `twist` if it is not NULL.
void lk_fold_half(const lk_prime *P, const u64 *kept, const u64 *twist, size_t at, u64 *sums);
const lk_operations *lk_operations_of(const lk_ring *ring);

/// Secret-bearing scratch of one thread.
typedef struct {
  i64 small[2][N];
  u64 a[N + 64], b[N + 64], c[N + 64];
  u64 stream[6 * N + 256];
} lk_workspace;

/// Overwrites what earlier calls may have left on the stack.
void lk_wipe_stack(void);

#endif
