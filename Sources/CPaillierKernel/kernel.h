// Shared by the paths of the kernel; not visible to Swift.
#ifndef LDCT_KERNEL_H
#define LDCT_KERNEL_H

#include <gmp.h>
#include <string.h>

#include "include/paillier_kernel.h"

/// The flat block behind `context`. Offsets count words from `data`.
typedef struct {
  uint64_t path, bits;
  uint64_t words;       // 64-bit words of n
  uint64_t limbs;       // limbs of n in the path's own radix
  uint64_t entry;       // words of an entry, a multiple of eight
  uint64_t negInverse;  // -n^-1 modulo the path's radix
  uint64_t n, square;   // n: words; n^2: 2 words
  uint64_t radix;       // n in the path's radix: limbs
  uint64_t multiple;    // a multiple of n that is at least R: limbs + 1
  uint64_t one, shift;  // entries of R and R^2 modulo n^2
  uint64_t data[];
} pk_modulus;

static inline const pk_modulus *pk_view(const uint64_t *context) { return (const pk_modulus *)context; }

/// What a path provides, always on one group of eight lanes, of which `lanes` count.
typedef struct {
  void (*load)(const pk_modulus *m, uint64_t *group, const uint64_t *const entries[PK_LANES], int lanes);
  void (*store)(const pk_modulus *m, uint64_t *const entries[PK_LANES], const uint64_t *group, int lanes);
  void (*multiply)(const pk_modulus *m, uint64_t *out, const uint64_t *x, const uint64_t *y, int lanes);
  /// out = the group table[digit], read without an address or a branch that depends on the digit.
  void (*select)(const pk_modulus *m, uint64_t *out, const uint64_t *table, size_t groups, unsigned digit);
  void (*square)(const pk_modulus *m, uint64_t *out, const uint64_t *x, int lanes);
} pk_operations;

const pk_operations *pk_operations_of(const pk_modulus *m);
const pk_operations *pk_ifma_operations(size_t limbs);
extern const pk_operations pk_portable_operations, pk_gmp_operations;

/// The two components of a pair, each below n, in 64-bit words: value = low + n * high. Not for the gmp path.
void pk_pair_words(const pk_modulus *m, uint64_t *low, uint64_t *high, const uint64_t *entry);

/// Digit `index` of width `window` (at most 16) of an exponent of `words` words.
static inline unsigned pk_digit(const uint64_t *exponent, size_t words, size_t index, size_t window) {
  size_t bit = index * window, word = bit / 64, offset = bit % 64;
  uint64_t value = exponent[word] >> offset;
  if (offset + window > 64 && word + 1 < words) value |= exponent[word + 1] << (64 - offset);
  return (unsigned)(value & ((1u << window) - 1));
}

/// Defines a function that computes with secrets, from its parameters and these once more as arguments. Its body follows, apart
/// from it: when that has returned, everything it and what it called left on the stack lies below the stack pointer, where
/// `pk_burn_stack` overwrites it.
#define PK_SECRET(name, parameters, arguments)                     \
  static void name##_body parameters;                              \
  void name parameters { name##_body arguments; pk_burn_stack(); } \
  static __attribute__((noinline)) void name##_body parameters
#define PK_SECRET_RESULT(type, name, parameters, arguments) \
  static type name##_body parameters;                       \
  type name parameters {                                    \
    const type result = name##_body arguments;              \
    pk_burn_stack();                                        \
    return result;                                          \
  }                                                         \
  static __attribute__((noinline)) type name##_body parameters
/// Overwrites the stack below the caller's frame: primes, residues, noise and quotients in GMP's and the paths' own
/// temporaries, which nothing else can reach. Deep enough for the deepest call of this library (Tests/PaillierTests/StackTests).
void pk_burn_stack(void);

/// A buffer of `words` words aligned to cache lines, wiped when freed.
uint64_t *pk_scratch(size_t words);
void pk_scratch_free(uint64_t *block, size_t words);

#endif
