// Every path of the kernel against plain GMP, on random and edge values, for 1 to 17 lanes; meant to run under
// AddressSanitizer, UndefinedBehaviorSanitizer and LeakSanitizer (Tests/sanitize.sh). Every buffer has exactly the
// size the interface asks for, so that one word too many is an error.
//
//   kernel_test [SEED]
#include <gmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernel.h"

enum { LANES = 17 };

static const char *const PATHS[] = {"ifma", "portable", "gmp"};
static gmp_randstate_t randomness;
static unsigned long seed;
static size_t passed, failed;

// ---- Buffers, freed together after each size

enum { MOST_BLOCKS = 256 };
static void *blocks[MOST_BLOCKS];
static size_t blockCount;

static uint64_t *zeros(size_t words) {
  uint64_t *block = calloc(words ? words : 1, sizeof *block);
  if (!block || blockCount == MOST_BLOCKS) abort();
  return blocks[blockCount++] = block;
}

static void free_buffers(void) {
  while (blockCount) free(blocks[--blockCount]);
}

// ---- One modulus and its 17 values

typedef struct {
  pk_path path;
  size_t bits, words, entry;
  mpz_t n, square;
  mpz_t value[LANES];
  uint64_t *context;
  uint64_t *entries;  // the values, imported
} ring;

static void check(int holds, const ring *r, const char *what, size_t lanes) {
  if (holds) {
    passed++;
    return;
  }
  failed++;
  printf("FAILED %s, %zu lanes, path %s, n of %zu bits, seed %lu\n", what, lanes, PATHS[r->path], r->bits, seed);
}

static void put(uint64_t *words, size_t count, const mpz_t value) {
  memset(words, 0, 8 * count);
  mpz_export(words, NULL, -1, 8, 0, 0, value);
}

static void get(mpz_t value, const uint64_t *words, size_t count) { mpz_import(value, count, -1, 8, 0, 0, words); }

static void init_ring(ring *r, pk_path path, const mpz_t n) {
  r->path = path, r->bits = mpz_sizeinbase(n, 2), r->words = (r->bits + 63) / 64;
  mpz_init_set(r->n, n);
  mpz_init(r->square), mpz_mul(r->square, n, n);
  for (size_t i = 0; i < LANES; i++) mpz_init(r->value[i]);
  // 0 stays 0; then the values at which pairs carry, borrow or vanish.
  mpz_set_ui(r->value[1], 1);
  mpz_sub_ui(r->value[2], n, 1), mpz_set(r->value[3], n), mpz_add_ui(r->value[4], n, 1);
  mpz_sub_ui(r->value[5], r->square, 1), mpz_sub(r->value[6], r->square, n);
  for (size_t i = 9; i < LANES; i++) mpz_urandomm(r->value[i], randomness, r->square);

  uint64_t *words = zeros(r->words), *values = zeros(LANES * 2 * r->words);
  put(words, r->words, n);
  r->context = zeros(pk_context_words(path, r->bits));
  pk_context_init(r->context, path, words, r->bits);
  // Values whose Montgomery form is the pair (n - 1, 0) or (1, 0): the second component of their products starts out negative.
  mpz_t inverse;
  mpz_init(inverse);
  mpz_setbit(inverse, pk_view(r->context)->limbs * (path == PK_IFMA ? 52 : 64));
  mpz_invert(r->value[8], inverse, r->square);
  mpz_mul(r->value[7], r->value[8], r->value[2]), mpz_mod(r->value[7], r->value[7], r->square);
  mpz_clear(inverse);
  r->entry = pk_entry_words(r->context);
  for (size_t i = 0; i < LANES; i++) put(values + i * 2 * r->words, 2 * r->words, r->value[i]);
  r->entries = zeros(LANES * r->entry);
  pk_import(r->context, r->entries, values, LANES);
}

static void clear_ring(ring *r) {
  mpz_clears(r->n, r->square, NULL);
  for (size_t i = 0; i < LANES; i++) mpz_clear(r->value[i]);
}

/// Whether `count` entries hold the expected values.
static int equal(const ring *r, const uint64_t *entries, mpz_t *expected, size_t count) {
  uint64_t *values = calloc(count * 2 * r->words + 1, 8);
  if (!values) abort();
  pk_export(r->context, values, entries, count);
  mpz_t found;
  mpz_init(found);
  int same = 1;
  for (size_t i = 0; i < count; i++) {
    get(found, values + i * 2 * r->words, 2 * r->words);
    same &= mpz_cmp(found, expected[i]) == 0;
  }
  mpz_clear(found);
  free(values);
  return same;
}

static void init_all(mpz_t *numbers, size_t count) {
  for (size_t i = 0; i < count; i++) mpz_init(numbers[i]);
}

static void clear_all(mpz_t *numbers, size_t count) {
  for (size_t i = 0; i < count; i++) mpz_clear(numbers[i]);
}

// ---- Conversions and products

static void test_conversions(ring *r) {
  for (size_t lanes = 0; lanes <= LANES; lanes++) check(equal(r, r->entries, r->value, lanes), r, "import, export", lanes);
  uint64_t *one = zeros(r->entry);
  pk_one(r->context, one);
  check(equal(r, one, r->value + 1, 1), r, "one", 1);
}

static void test_products(ring *r) {
  mpz_t expected[LANES];
  init_all(expected, LANES);
  for (size_t lanes = 1; lanes <= LANES; lanes++) {
    for (size_t shift = 0; shift < LANES; shift += lanes < LANES ? 5 : 1) {
      // Left factors first, replaced by the products; right factors behind them.
      uint64_t *arena = zeros(2 * lanes * r->entry);
      pk_triple triples[LANES];
      for (size_t i = 0; i < lanes; i++) {
        size_t other = (i + shift) % LANES;
        memcpy(arena + i * r->entry, r->entries + i * r->entry, 8 * r->entry);
        memcpy(arena + (lanes + i) * r->entry, r->entries + other * r->entry, 8 * r->entry);
        triples[i] = (pk_triple){(uint32_t)i, (uint32_t)i, (uint32_t)(lanes + i)};
        mpz_mul(expected[i], r->value[i], r->value[other]);
        mpz_mod(expected[i], expected[i], r->square);
      }
      pk_products(r->context, arena, triples, lanes);
      check(equal(r, arena, expected, lanes), r, "products", lanes);
    }
  }
  clear_all(expected, LANES);
}

/// Two accumulators: one with three factors, one with one; then Horner's step, and the way back with skipped lanes.
static void test_accumulators(ring *r) {
  size_t group = pk_group_words(r->context);
  uint64_t *groups = zeros(2 * group);
  const uint32_t offsets[] = {0, 5, 7, 11}, to[] = {0, 1, 0, 0};
  pk_job jobs[4];
  for (size_t j = 0; j < 4; j++) {
    jobs[j].group = to[j], jobs[j].first = j < 2;
    for (uint32_t lane = 0; lane < PK_LANES; lane++) jobs[j].entry[lane] = (3 * lane + offsets[j]) % LANES;
  }
  pk_accumulate(r->context, groups, r->entries, jobs, 4);
  pk_square_multiply(r->context, groups, (uint32_t[]){0}, (uint32_t[]){1}, 1, 2);

  mpz_t expected[2 * PK_LANES];
  init_all(expected, 2 * PK_LANES);
  for (size_t lane = 0; lane < PK_LANES; lane++) {
    mpz_set(expected[PK_LANES + lane], r->value[(3 * lane + offsets[1]) % LANES]);
    mpz_mul(expected[lane], r->value[(3 * lane + offsets[0]) % LANES], r->value[(3 * lane + offsets[2]) % LANES]);
    mpz_mul(expected[lane], expected[lane], r->value[(3 * lane + offsets[3]) % LANES]);
    mpz_powm_ui(expected[lane], expected[lane], 4, r->square);
    mpz_mul(expected[lane], expected[lane], expected[PK_LANES + lane]);
    mpz_mod(expected[lane], expected[lane], r->square);
  }
  uint32_t places[2 * PK_LANES];
  for (uint32_t i = 0; i < 2 * PK_LANES; i++) places[i] = i;
  uint64_t *entries = zeros(2 * PK_LANES * r->entry);
  pk_unpack(r->context, entries, places, groups, 2);
  check(equal(r, entries, expected, 2 * PK_LANES), r, "accumulate, square and multiply", PK_LANES);

  uint64_t *squared = zeros(2 * group), *squares = zeros(2 * PK_LANES * r->entry);
  memcpy(squared, groups, 8 * 2 * group);
  pk_multiply_groups(r->context, squared, groups, 2);
  pk_unpack(r->context, squares, places, squared, 2);
  mpz_t square[2 * PK_LANES];
  init_all(square, 2 * PK_LANES);
  for (size_t i = 0; i < 2 * PK_LANES; i++) mpz_powm_ui(square[i], expected[i], 2, r->square);
  check(equal(r, squares, square, 2 * PK_LANES), r, "groups times groups", PK_LANES);
  clear_all(square, 2 * PK_LANES);

  // Every third lane is skipped on the way out, and is 1 on the way in.
  uint64_t *some = zeros(2 * PK_LANES * r->entry), *packed = zeros(2 * group), *back = zeros(2 * PK_LANES * r->entry);
  uint32_t chosen[2 * PK_LANES];
  for (uint32_t i = 0; i < 2 * PK_LANES; i++) chosen[i] = i % 3 ? i : UINT32_MAX;
  pk_unpack(r->context, some, chosen, groups, 2);
  pk_pack(r->context, packed, some, chosen, 2);
  pk_unpack(r->context, back, places, packed, 2);
  for (size_t i = 0; i < 2 * PK_LANES; i += 3) mpz_set_ui(expected[i], 1);
  check(equal(r, back, expected, 2 * PK_LANES), r, "unpack, pack with skipped lanes", PK_LANES);
  clear_all(expected, 2 * PK_LANES);
}

// ---- Powers

static void test_powers(ring *r) {
  mpz_t expected[LANES], exponents[LANES];
  init_all(expected, LANES), init_all(exponents, LANES);
  mpz_set_ui(exponents[1], 1);
  for (size_t i = 2; i < LANES; i++) mpz_urandomb(exponents[i], randomness, r->bits - i % 3);
  mpz_set_ui(exponents[2], 0), mpz_setbit(exponents[2], r->bits - 1);
  mpz_sub_ui(exponents[3], r->n, 1);
  uint64_t *words = zeros(LANES * r->words), *powers = zeros(LANES * r->entry);
  for (size_t i = 0; i < LANES; i++) put(words + i * r->words, r->words, exponents[i]);

  pk_power_each(r->context, powers, r->entries, LANES, words, r->bits);
  for (size_t i = 0; i < LANES; i++) mpz_powm(expected[i], r->value[i], exponents[i], r->square);
  check(equal(r, powers, expected, LANES), r, "powers with an exponent each", LANES);

  // One exponent for all, of one bit to all bits; 0^0 is 1.
  const size_t lengths[] = {1, 7, 23, 24, r->bits};
  for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
    size_t bits = lengths[k] < r->bits ? lengths[k] : r->bits, lanes = k < 4 ? 1 + 3 * k : LANES;
    mpz_urandomb(exponents[0], randomness, bits);
    if (k == 1) mpz_set_ui(exponents[0], 0);
    uint64_t *exponent = zeros((bits + 63) / 64), *some = zeros(lanes * r->entry);
    put(exponent, (bits + 63) / 64, exponents[0]);
    pk_power(r->context, some, r->entries, lanes, exponent, bits);
    for (size_t i = 0; i < lanes; i++) mpz_powm(expected[i], r->value[i], exponents[0], r->square);
    check(equal(r, some, expected, lanes), r, "powers with one exponent", lanes);
  }
  clear_all(expected, LANES), clear_all(exponents, LANES);
}

static void test_combs(ring *r) {
  mpz_t expected[LANES], exponent;
  init_all(expected, LANES), mpz_init(exponent);
  const size_t windows[] = {1, 3, 6}, bits = r->bits + 40, words = (bits + 63) / 64, base = 9;
  for (size_t k = 0; k < 3; k++) {
    // Wide combs of wide keys are large and no different.
    if (r->bits > 1024 && windows[k] != 3) continue;
    size_t lanes = k == 0 ? 1 : k == 1 ? LANES : 9;
    uint64_t *comb = zeros(pk_comb_entries(windows[k], bits) * r->entry), *exponents = zeros(lanes * words);
    uint64_t *powers = zeros(lanes * r->entry);
    pk_comb_init(r->context, comb, r->entries + base * r->entry, windows[k], bits);
    for (size_t i = 0; i < lanes; i++) {
      mpz_urandomb(exponent, randomness, i == 0 ? 1 : bits);
      put(exponents + i * words, words, exponent);
      mpz_powm(expected[i], r->value[base], exponent, r->square);
    }
    pk_comb_power(r->context, powers, comb, windows[k], exponents, bits, lanes);
    check(equal(r, powers, expected, lanes), r, "comb powers", lanes);
  }
  clear_all(expected, LANES), mpz_clear(exponent);
}

// ---- The owner of the key

static void draw_prime(mpz_t prime, size_t bits) {
  do {
    mpz_urandomb(prime, randomness, bits);
    mpz_setbit(prime, bits - 1), mpz_setbit(prime, bits - 2);
    mpz_nextprime(prime, prime);
  } while (mpz_sizeinbase(prime, 2) != bits);
}

/// Two primes that make a Paillier key: n shares no factor with (p-1)(q-1).
static void draw_primes(mpz_t p, mpz_t q, size_t bits) {
  mpz_t n, order, t;
  mpz_inits(n, order, t, NULL);
  do {
    draw_prime(p, bits), draw_prime(q, bits);
    mpz_mul(n, p, q);
    mpz_sub_ui(order, p, 1), mpz_sub_ui(t, q, 1), mpz_mul(order, order, t), mpz_gcd(t, order, n);
  } while (mpz_cmp(p, q) == 0 || mpz_cmp_ui(t, 1) != 0);
  mpz_clears(n, order, t, NULL);
}

/// ciphertext = (1 + n m) noise mod n^2, lane by lane.
static int encrypts(const ring *r, const uint64_t *ciphertexts, const uint64_t *plaintexts, const uint64_t *noise) {
  mpz_t expected, found;
  mpz_inits(expected, found, NULL);
  int same = 1;
  for (size_t i = 0; i < LANES; i++) {
    get(expected, plaintexts + i * r->words, r->words), get(found, noise + i * 2 * r->words, 2 * r->words);
    mpz_mul(expected, expected, r->n), mpz_add_ui(expected, expected, 1), mpz_mul(expected, expected, found);
    mpz_mod(expected, expected, r->square);
    get(found, ciphertexts + i * 2 * r->words, 2 * r->words);
    same &= mpz_cmp(expected, found) == 0;
  }
  mpz_clears(expected, found, NULL);
  return same;
}

static void test_private(ring *r, const mpz_t p, const mpz_t q) {
  const size_t primeBits = mpz_sizeinbase(p, 2), primeWords = (primeBits + 63) / 64, window = 5;
  uint64_t *pWords = zeros(primeWords), *qWords = zeros(primeWords);
  put(pWords, primeWords, p), put(qWords, primeWords, q);
  uint64_t *key = pk_secret_allocate(pk_private_words(r->path, primeBits));
  pk_private_init(key, r->path, pWords, qWords, primeBits);
  check(!memcmp(pk_private_prime(key, 0), pWords, 8 * primeWords), r, "prime p", 1);
  check(!memcmp(pk_private_prime(key, 1), qWords, 8 * primeWords), r, "prime q", 1);

  mpz_t h, x, expected;
  mpz_inits(h, x, expected, NULL);
  uint64_t *plaintexts = zeros(LANES * r->words), *decrypted = zeros(LANES * r->words);
  for (size_t i = 1; i < LANES; i++) {
    if (i == 1) mpz_sub_ui(x, r->n, 1);
    else mpz_urandomm(x, randomness, r->n);
    put(plaintexts + i * r->words, r->words, x);
  }

  // h^x by combs modulo p^2 and q^2; the same x on both sides makes it comparable.
  const size_t bits = primeBits + 64, words = (bits + 63) / 64;
  do mpz_urandomm(h, randomness, r->n), mpz_gcd(x, h, r->n);
  while (mpz_cmp_ui(x, 1) != 0);
  mpz_powm(h, h, r->n, r->square);
  uint64_t *hWords = zeros(2 * r->words), *combs = zeros(pk_private_comb_words(key, window, bits));
  uint64_t *exponents = zeros(2 * LANES * words), *noise = zeros(LANES * 2 * r->words);
  uint64_t *ciphertexts = zeros(LANES * 2 * r->words);
  put(hWords, 2 * r->words, h);
  pk_private_comb_init(key, combs, hWords, window, bits);
  for (size_t i = 0; i < LANES; i++) {
    mpz_urandomb(x, randomness, bits);
    put(exponents + i * words, words, x), put(exponents + (LANES + i) * words, words, x);
  }
  pk_noise_comb(key, noise, combs, window, exponents, bits, LANES);
  int same = 1;
  for (size_t i = 0; i < LANES; i++) {
    get(x, exponents + i * words, words), mpz_powm(expected, h, x, r->square);
    get(x, noise + i * 2 * r->words, 2 * r->words), same &= mpz_cmp(x, expected) == 0;
  }
  check(same, r, "noise by combs", LANES);
  pk_encrypt(r->context, ciphertexts, plaintexts, noise, LANES);
  check(encrypts(r, ciphertexts, plaintexts, noise), r, "encrypt", LANES);
  for (size_t lanes = 1; lanes <= LANES; lanes += 8) {
    memset(decrypted, 0xff, 8 * LANES * r->words);
    pk_decrypt(key, decrypted, ciphertexts, lanes);
    check(!memcmp(decrypted, plaintexts, 8 * lanes * r->words), r, "decrypt", lanes);
  }

  // Uniform n-th powers: units that decrypt to nothing.
  uint64_t *roots = zeros(2 * LANES * (primeWords + 1));
  for (size_t i = 0; i < 2 * LANES; i++) {
    mpz_urandomb(x, randomness, 64 * (primeWords + 1));
    put(roots + i * (primeWords + 1), primeWords + 1, x);
  }
  pk_noise_full(key, noise, roots, LANES);
  same = 1;
  for (size_t i = 0; i < LANES; i++) {
    get(x, noise + i * 2 * r->words, 2 * r->words), mpz_gcd(x, x, r->n), same &= mpz_cmp_ui(x, 1) == 0;
  }
  check(same, r, "full noise is a unit", LANES);
  pk_encrypt(r->context, ciphertexts, plaintexts, noise, LANES);
  pk_decrypt(key, decrypted, ciphertexts, LANES);
  check(!memcmp(decrypted, plaintexts, 8 * LANES * r->words), r, "decrypt under full noise", LANES);

  mpz_clears(h, x, expected, NULL);
  pk_secret_release(key, pk_private_words(r->path, primeBits));
}

// ---- Primes and secret memory

static void test_primes(const ring *r, size_t bits) {
  size_t words = (bits + 63) / 64;
  uint64_t *p = zeros(words), *q = zeros(words), *n = zeros(2 * words);
  pk_generate_primes(p, q, bits);
  check(pk_check_primes(n, p, q, words, NULL) == PK_KEY_GOOD, r, "generated primes make a key", 1);
  check(pk_check_primes(n, p, p, words, NULL) == PK_KEY_EQUAL, r, "equal primes are refused", 1);
  uint64_t *expected = zeros(2 * words);
  check(pk_check_primes(n, p, q, words, expected) == PK_KEY_OTHER_PRODUCT, r, "another product is refused", 1);
  pk_check_primes(n, p, q, words, NULL);
  memcpy(expected, n, 16 * words);
  check(pk_check_primes(n, p, q, words, expected) == PK_KEY_GOOD, r, "their product is theirs", 1);
  check(pk_check_modulus(n, 2 * words) == PK_MODULUS_GOOD, r, "a product of two primes", 1);
  check(pk_check_modulus(p, words) == PK_MODULUS_PRIME, r, "a prime is no modulus", 1);
  mpz_t square;
  mpz_init(square);
  get(square, p, words), mpz_mul(square, square, square), put(n, 2 * words, square);
  mpz_clear(square);
  check(pk_check_modulus(n, 2 * words) == PK_MODULUS_POWER, r, "a square is no modulus", 1);
  p[0] ^= 1;
  check(pk_check_primes(n, p, q, words, NULL) == PK_KEY_NOT_PRIME, r, "even numbers are refused", 1);
}

static size_t releasedWords, unwipedWords;
static void count_released(const uint64_t *block, size_t words) {
  releasedWords += words;
  for (size_t i = 0; i < words; i++) unwipedWords += block[i] != 0;
}

static void test_secret_memory(const ring *r) {
  pk_set_release_hook(count_released);
  uint64_t *block = pk_secret_allocate(13);
  pk_random(block, 13 * sizeof *block);
  const pid_t child = fork();
  if (child == 0) {
    size_t seen = 0;
    for (size_t i = 0; i < 13; i++) seen += block[i] != 0;
    _exit(seen == 0 ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  check(child > 0 && status == 0, r, "a child process gets no secrets", 1);
  pk_secret_release(block, 13);
  pk_set_release_hook(NULL);
  check(releasedWords == 13 && unwipedWords == 0, r, "secrets are wiped before they are freed", 1);
  releasedWords = unwipedWords = 0;
}

// ----

static void test_size(pk_path path, size_t bits) {
  mpz_t p, q, n;
  mpz_inits(p, q, n, NULL);
  draw_primes(p, q, bits / 2);
  mpz_mul(n, p, q);
  ring r;
  init_ring(&r, path, n);
  test_conversions(&r);
  test_products(&r);
  test_accumulators(&r);
  test_powers(&r);
  test_combs(&r);
  test_private(&r, p, q);
  if (bits <= 1024 && bits >= 62) test_primes(&r, bits / 2);
  test_secret_memory(&r);
  clear_ring(&r);
  free_buffers();
  mpz_clears(p, q, n, NULL);
}

int main(int argc, char **argv) {
  seed = argc > 1 ? strtoul(argv[1], NULL, 10) : (unsigned long)time(NULL);
  printf("seed %lu\n", seed);
  gmp_randinit_default(randomness);
  gmp_randseed_ui(randomness, seed);
  const size_t sizes[] = {18, 62, 128, 1024, 2048, 3072};
  for (pk_path path = PK_IFMA; path <= PK_GMP; path++) {
    if (!pk_available(path)) {
      printf("path %s skipped: this processor cannot run it\n", PATHS[path]);
      continue;
    }
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) test_size(path, sizes[i]);
  }
  gmp_randclear(randomness);
  printf("%zu passed, %zu failed\n", passed, failed);
  return failed != 0;
}
