// Batched arithmetic modulo n^2 for an odd n: the hot loops of the Paillier scheme, and nothing that knows of keys' meaning.
//
// An element of Z/n^2 is held as an *entry*: `entry words` 64-bit words whose inside belongs to the path that made it
//   ifma      pairs modulo n (c = a + b n) in Montgomery form, 52-bit limbs, eight lanes at a time (AVX-512 IFMA)
//   portable  the same pairs in 64-bit limbs on GMP's mpn layer
//   gmp       c itself; mpz_mul and mpz_mod: the baseline of every benchmark and the oracle of the tests
// Eight entries side by side form a *group*; accumulators stay in group form between products. A *value* is c in [0, n^2) as
// 2 * words little-endian 64-bit words, the form that leaves this library.
//
// Everything about n sits in one flat, immutable block of words (`context`), so that Swift can own it as an array.
// Source of the pair identity: (a1 + b1 n)(a2 + b2 n) = a1 a2 + (a1 b2 + a2 b1) n mod n^2, with the Montgomery quotient m of
// a1 a2 entering the second component: a1 a2 = r R - m n.
#ifndef LDCT_PAILLIER_KERNEL_H
#define LDCT_PAILLIER_KERNEL_H

#include <stddef.h>
#include <stdint.h>

typedef enum { PK_IFMA = 0, PK_PORTABLE = 1, PK_GMP = 2 } pk_path;

enum { PK_LANES = 8, PK_MAXIMUM_BITS = 8192 };

/// 1 when this processor can run the path.
int pk_available(pk_path path);

/// Words of the context for an n of `bits` bits.
size_t pk_context_words(pk_path path, size_t bits);
/// Fills `context`; n is odd, has exactly `bits` bits (16...8192) and (bits + 63) / 64 words.
void pk_context_init(uint64_t *context, pk_path path, const uint64_t *n, size_t bits);
size_t pk_entry_words(const uint64_t *context);
size_t pk_group_words(const uint64_t *context);
size_t pk_modulus_words(const uint64_t *context);

/// values (each below n^2) to entries, and back.
void pk_import(const uint64_t *context, uint64_t *entries, const uint64_t *values, size_t count);
void pk_export(const uint64_t *context, uint64_t *values, const uint64_t *entries, size_t count);
/// The entry of 1.
void pk_one(const uint64_t *context, uint64_t *entry);

/// arena[to] = arena[left] * arena[right] for each triple, entries counted from `arena`. Triples are worked on eight at a time:
/// within a run of eight no `to` may be another triple's operand.
typedef struct {
  uint32_t to, left, right;
} pk_triple;
void pk_products(const uint64_t *context, uint64_t *arena, const pk_triple *triples, size_t count);

/// One step of a convolution: groups[group] *= (arena[entry[0]], ..., arena[entry[7]]), or = when `first` is not 0.
typedef struct {
  uint32_t group, first, entry[PK_LANES];
} pk_job;
void pk_accumulate(const uint64_t *context, uint64_t *groups, const uint64_t *arena, const pk_job *jobs, size_t count);

/// groups[to] = groups[to]^(2^squarings) * groups[by]: a step of Horner's rule over digits of `squarings` bits.
void pk_square_multiply(const uint64_t *context, uint64_t *groups, const uint32_t *to, const uint32_t *by, size_t count,
                        size_t squarings);
/// groups[i] *= others[i].
void pk_multiply_groups(const uint64_t *context, uint64_t *groups, const uint64_t *others, size_t count);
/// Lanes of groups to entries and back; UINT32_MAX skips a lane (to) or fills it with 1 (from).
void pk_unpack(const uint64_t *context, uint64_t *arena, const uint32_t *entries, const uint64_t *groups, size_t groupCount);
void pk_pack(const uint64_t *context, uint64_t *groups, const uint64_t *arena, const uint32_t *entries, size_t groupCount);

/// out[i] = base[i]^exponent, one exponent of `bits` bits for all: fixed windows, masked table reads, no branch on its bits.
void pk_power(const uint64_t *context, uint64_t *out, const uint64_t *base, size_t count, const uint64_t *exponent,
              size_t bits);
/// out[i] = base[i]^exponents[i], each of (bits + 63) / 64 words. Variable time in memory addresses, not in operations.
void pk_power_each(const uint64_t *context, uint64_t *out, const uint64_t *base, size_t count, const uint64_t *exponents,
                   size_t bits);

/// A fixed-base comb: entries of base^(v 2^(window d)) for d < digits, v < 2^window. Read in variable time.
size_t pk_comb_entries(size_t window, size_t bits);
void pk_comb_init(const uint64_t *context, uint64_t *comb, const uint64_t *base, size_t window, size_t bits);
void pk_comb_power(const uint64_t *context, uint64_t *out, const uint64_t *comb, size_t window, const uint64_t *exponents,
                   size_t bits, size_t count);

/// Everything derived from the two primes, in one flat block of words that the caller wipes.
size_t pk_private_words(pk_path path, size_t primeBits);
/// p and q are different odd primes of exactly `primeBits` bits; `path` must run.
void pk_private_init(uint64_t *key, pk_path path, const uint64_t *p, const uint64_t *q, size_t primeBits);
/// plaintexts[i] = decryption of values[i], in [0, n): `words(n)` words each. Values below n^2 and coprime to n.
void pk_decrypt(const uint64_t *key, uint64_t *plaintexts, const uint64_t *values, size_t count);
/// Combs of h modulo p^2 and q^2 for exponents of `bits` bits.
size_t pk_private_comb_words(const uint64_t *key, size_t window, size_t bits);
void pk_private_comb_init(const uint64_t *key, uint64_t *combs, const uint64_t *h, size_t window, size_t bits);
/// noise[i] = h^x modulo n^2, from x modulo p - 1 and x modulo q - 1 drawn apart but for their parity, which must be the same:
/// exponents holds count for p, then count for q.
void pk_noise_comb(const uint64_t *key, uint64_t *noise, const uint64_t *combs, size_t window, const uint64_t *exponents,
                   size_t bits, size_t count);
/// noise[i] = a uniform n-th power modulo n^2, from random roots of (primeBits + 63) / 64 + 1 words: count for p, then for q.
void pk_noise_full(const uint64_t *key, uint64_t *noise, const uint64_t *roots, size_t count);
/// values[i] = (1 + n plaintexts[i]) * noise[i] mod n^2. Public: needs the context of n alone.
void pk_encrypt(const uint64_t *context, uint64_t *values, const uint64_t *plaintexts, const uint64_t *noise, size_t count);

/// The prime of one side (0: p, 1: q) of a key: (primeBits + 63) / 64 words.
const uint64_t *pk_private_prime(const uint64_t *key, int side);

/// Draws primes of exactly `primeBits` bits (8...4096) from the system's generator: both 3 mod 4, gcd(p-1, q-1) = 2, their product
/// of exactly 2 primeBits bits, and |p - q| > 2^(primeBits - 100) so that Fermat's method does not find them.
void pk_generate_primes(uint64_t *p, uint64_t *q, size_t primeBits);
/// What is wrong with two primes of `words` words as a Paillier key, cheap faults first; n gets their product (2 words), which
/// must be `expected` (2 words) unless that is null.
typedef enum {
  PK_KEY_GOOD,
  PK_KEY_OTHER_PRODUCT,
  PK_KEY_NOT_PRIME,
  PK_KEY_EQUAL,
  PK_KEY_UNEQUAL_SIZE,
  PK_KEY_SHARED_FACTOR
} pk_key_fault;
pk_key_fault pk_check_primes(uint64_t *n, const uint64_t *p, const uint64_t *q, size_t words, const uint64_t *expected);
/// 1 if h (hWords words) is a non-residue modulo both primes, as every (-x^2)^n is when both are 3 mod 4.
int pk_generator_has_symbols(const uint64_t *p, const uint64_t *q, size_t words, const uint64_t *h, size_t hWords);

/// What anyone can see of a modulus that it is no product of two different primes.
typedef enum { PK_MODULUS_GOOD, PK_MODULUS_POWER, PK_MODULUS_PRIME } pk_modulus_fault;
pk_modulus_fault pk_check_modulus(const uint64_t *n, size_t words);
/// 0 if h has, modulo a prime of n, an order that divides a product of the largest powers up to 1,024 of all primes: then its
/// powers are so few that they hide nothing there. An honest h of 1,024 bits and more is like that with less than 2^-200.
int pk_generator_hides(const uint64_t *n, size_t words, const uint64_t *h, size_t hWords);
/// 1 if gcd(p-1, q-1) = 2: then exponents drawn for each prime, of equal parity, are one exponent of a generator modulo n^2.
int pk_primes_are_admissible(const uint64_t *p, const uint64_t *q, size_t words);
/// Fills memory from the system's generator.
void pk_random(void *memory, size_t bytes);

/// Overwrites memory in a way the compiler keeps.
void pk_wipe(void *memory, size_t bytes);
/// Test hook: called with the block of a secret allocation once it is wiped, before it is freed or kept.
void pk_set_release_hook(void (*hook)(const uint64_t *block, size_t words));
/// Zero; child processes and core files do not get it, where the system can do that.
uint64_t *pk_secret_allocate(size_t words);
void pk_secret_release(uint64_t *block, size_t words);

#endif
