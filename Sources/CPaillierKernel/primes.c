#include "kernel.h"

// What GMP is asked for. Since 6.2 it counts its Baillie-PSW test for 24 of them and adds 16 rounds of Miller-Rabin.
enum { ROUNDS = 40, SMALL_ORDER = 1024 };

/// A random prime of exactly `bits` bits, its two top bits and its two lowest bits set.
static void draw_prime(mpz_t prime, uint64_t *words, size_t bits) {
  size_t count = (bits + 63) / 64;
  do {
    pk_random(words, 8 * count);
    if (bits % 64) words[count - 1] &= ((uint64_t)1 << bits % 64) - 1;
    mpz_import(prime, count, -1, 8, 0, 0, words);
    mpz_setbit(prime, bits - 1), mpz_setbit(prime, bits - 2), mpz_setbit(prime, 1), mpz_setbit(prime, 0);
  } while (!mpz_probab_prime_p(prime, ROUNDS));
}

PK_SECRET(pk_generate_primes, (uint64_t *p, uint64_t *q, size_t primeBits), (p, q, primeBits)) {
  size_t words = (primeBits + 63) / 64;
  mpz_t P, Q, t, u;
  mpz_inits(P, Q, t, u, NULL);
  int good = 0;
  while (!good) {
    draw_prime(P, p, primeBits);
    draw_prime(Q, q, primeBits);
    mpz_sub(t, P, Q);
    int apart = mpz_sizeinbase(t, 2) + 100 > primeBits && mpz_sgn(t) != 0;
    mpz_sub_ui(t, P, 1), mpz_sub_ui(u, Q, 1), mpz_gcd(t, t, u);
    good = apart && mpz_cmp_ui(t, 2) == 0;
  }
  memset(p, 0, 8 * words), memset(q, 0, 8 * words);
  mpz_export(p, NULL, -1, 8, 0, 0, P), mpz_export(q, NULL, -1, 8, 0, 0, Q);
  mpz_clears(P, Q, t, u, NULL);
}

/// What two numbers say about themselves at little cost; tests of primality come last, as they take seconds for numbers of
/// many thousand bits.
PK_SECRET_RESULT(pk_key_fault, pk_check_primes,
                 (uint64_t *n, const uint64_t *p, const uint64_t *q, size_t words, const uint64_t *expected),
                 (n, p, q, words, expected)) {
  mpz_t P, Q, N, t, u;
  mpz_inits(P, Q, N, t, u, NULL);
  mpz_import(P, words, -1, 8, 0, 0, p), mpz_import(Q, words, -1, 8, 0, 0, q);
  mpz_mul(N, P, Q);
  memset(n, 0, 16 * words);
  mpz_export(n, NULL, -1, 8, 0, 0, N);
  pk_key_fault fault = PK_KEY_GOOD;
  if (expected && memcmp(n, expected, 16 * words)) {
    fault = PK_KEY_OTHER_PRODUCT;
  } else if (mpz_even_p(P) || mpz_even_p(Q)) {
    fault = PK_KEY_NOT_PRIME;
  } else if (mpz_cmp(P, Q) == 0) {
    fault = PK_KEY_EQUAL;
  } else if (mpz_sizeinbase(P, 2) != mpz_sizeinbase(Q, 2)) {
    fault = PK_KEY_UNEQUAL_SIZE;
  } else {
    mpz_sub_ui(t, P, 1), mpz_sub_ui(u, Q, 1), mpz_mul(t, t, u), mpz_gcd(t, t, N);
    if (mpz_cmp_ui(t, 1) != 0) fault = PK_KEY_SHARED_FACTOR;
    else if (!mpz_probab_prime_p(P, ROUNDS) || !mpz_probab_prime_p(Q, ROUNDS)) fault = PK_KEY_NOT_PRIME;
  }
  mpz_clears(P, Q, N, t, u, NULL);
  return fault;
}

PK_SECRET_RESULT(int, pk_primes_are_admissible, (const uint64_t *p, const uint64_t *q, size_t words), (p, q, words)) {
  mpz_t t, u;
  mpz_inits(t, u, NULL);
  mpz_import(t, words, -1, 8, 0, 0, p), mpz_import(u, words, -1, 8, 0, 0, q);
  mpz_sub_ui(t, t, 1), mpz_sub_ui(u, u, 1), mpz_gcd(t, t, u);
  int admissible = mpz_cmp_ui(t, 2) == 0;
  mpz_clears(t, u, NULL);
  return admissible;
}

PK_SECRET_RESULT(int, pk_generator_has_symbols,
                 (const uint64_t *p, const uint64_t *q, size_t words, const uint64_t *h, size_t hWords),
                 (p, q, words, h, hWords)) {
  mpz_t H, P;
  mpz_inits(H, P, NULL);
  mpz_import(H, hWords, -1, 8, 0, 0, h);
  mpz_import(P, words, -1, 8, 0, 0, p);
  int first = mpz_jacobi(H, P);
  mpz_import(P, words, -1, 8, 0, 0, q);
  int second = mpz_jacobi(H, P);
  mpz_clears(H, P, NULL);
  return first == -1 && second == -1;
}

pk_modulus_fault pk_check_modulus(const uint64_t *n, size_t words) {
  mpz_t N;
  mpz_init(N);
  mpz_import(N, words, -1, 8, 0, 0, n);
  pk_modulus_fault fault = PK_MODULUS_GOOD;
  if (mpz_perfect_power_p(N)) fault = PK_MODULUS_POWER;
  else if (mpz_probab_prime_p(N, 1)) fault = PK_MODULUS_PRIME;
  mpz_clear(N);
  return fault;
}

int pk_generator_hides(const uint64_t *n, size_t words, const uint64_t *h, size_t hWords) {
  mpz_t N, H;
  mpz_inits(N, H, NULL);
  mpz_import(N, words, -1, 8, 0, 0, n), mpz_import(H, hWords, -1, 8, 0, 0, h);
  mpz_mod(H, H, N);
  // H to the least common multiple of 1...SMALL_ORDER, one prime power at a time.
  for (unsigned long prime = 2; prime <= SMALL_ORDER; prime++) {
    int isPrime = 1;
    for (unsigned long factor = 2; factor * factor <= prime; factor++) isPrime &= prime % factor != 0;
    if (!isPrime) continue;
    unsigned long power = prime;
    while (power * prime <= SMALL_ORDER) power *= prime;
    mpz_powm_ui(H, H, power, N);
  }
  mpz_sub_ui(H, H, 1), mpz_gcd(H, H, N);
  int hides = mpz_cmp_ui(H, 1) == 0;
  mpz_clears(N, H, NULL);
  return hides;
}
