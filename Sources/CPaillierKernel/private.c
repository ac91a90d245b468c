// What only the owner of the key can do: everything modulo p^2 and q^2 apart (half the limbs, a quarter of the work each), put
// together by the Chinese remainder theorem. Secret divisors and exponents go through mpn_sec_* and masked powers.
#include "kernel.h"

enum { MOST = PK_MAXIMUM_BITS / 64 };

/// The block behind `key`; offsets count words from `data`. Index 0 is p, 1 is q.
typedef struct {
  uint64_t path, primeBits, words;  // words of a prime
  uint64_t public_;                 // context of n: 2 * words
  uint64_t context[2];              // contexts of p and q
  uint64_t exponent[2];             // p - 1, q - 1
  uint64_t slope[2];                // (-q)^-1 mod p, (-p)^-1 mod q: 1 / L(g^(p-1) mod p^2) for g = n + 1
  uint64_t inverse;                 // p^-1 mod q
  uint64_t squareInverse;           // p^-2 mod q^2
  uint64_t data[];
} pk_private;

size_t pk_private_words(pk_path path, size_t primeBits) {
  size_t words = (primeBits + 63) / 64;
  return sizeof(pk_private) / 8 + pk_context_words(path, 2 * primeBits) + 2 * pk_context_words(path, primeBits) + 7 * words;
}

const uint64_t *pk_private_prime(const uint64_t *key, int side) {
  const pk_private *k = (const pk_private *)key;
  return pk_view(k->data + k->context[side])->data;
}

static const pk_private *view(const uint64_t *key) { return (const pk_private *)key; }
static const pk_modulus *modulus(const pk_private *k, int side) { return pk_view(k->data + k->context[side]); }

static void put(uint64_t *to, size_t words, const mpz_t value) {
  memset(to, 0, 8 * words);
  mpz_export(to, NULL, -1, 8, 0, 0, value);
}

PK_SECRET(pk_private_init, (uint64_t *key, pk_path path, const uint64_t *p, const uint64_t *q, size_t primeBits),
          (key, path, p, q, primeBits)) {
  pk_private *k = (pk_private *)key;
  size_t words = (primeBits + 63) / 64, half = pk_context_words(path, primeBits);
  memset(key, 0, 8 * pk_private_words(path, primeBits));
  k->path = path, k->primeBits = primeBits, k->words = words;
  k->context[0] = 0, k->context[1] = half, k->public_ = 2 * half;
  k->exponent[0] = 2 * half + pk_context_words(path, 2 * primeBits), k->exponent[1] = k->exponent[0] + words;
  k->slope[0] = k->exponent[1] + words, k->slope[1] = k->slope[0] + words;
  k->inverse = k->slope[1] + words, k->squareInverse = k->inverse + words;

  mpz_t P, Q, t, u;
  mpz_inits(P, Q, t, u, NULL);
  mpz_import(P, words, -1, 8, 0, 0, p), mpz_import(Q, words, -1, 8, 0, 0, q);
  pk_context_init(k->data + k->context[0], path, p, primeBits);
  pk_context_init(k->data + k->context[1], path, q, primeBits);
  mpz_mul(t, P, Q);
  uint64_t n[MOST];
  put(n, MOST, t);
  pk_context_init(k->data + k->public_, path, n, mpz_sizeinbase(t, 2));
  mpz_sub_ui(t, P, 1), put(k->data + k->exponent[0], words, t);
  mpz_sub_ui(t, Q, 1), put(k->data + k->exponent[1], words, t);
  mpz_neg(t, Q), mpz_invert(t, t, P), put(k->data + k->slope[0], words, t);
  mpz_neg(t, P), mpz_invert(t, t, Q), put(k->data + k->slope[1], words, t);
  mpz_invert(t, P, Q), put(k->data + k->inverse, words, t);
  mpz_mul(t, P, P), mpz_mul(u, Q, Q), mpz_invert(t, t, u), put(k->data + k->squareInverse, 2 * words, t);
  mpz_clears(P, Q, t, u, NULL);
  pk_wipe(n, sizeof n);
}

/// x mod divisor, constant time for a divisor of this size. x (count words) is replaced by the remainder, zero-padded.
static void reduce(uint64_t *x, mp_size_t count, const uint64_t *divisor, mp_size_t words) {
  uint64_t scratch[6 * MOST + 64];
  while (words > 1 && divisor[words - 1] == 0) words--;  // only a toy modulus has empty top words; GMP wants none
  mpn_sec_div_r(x, count, divisor, words, scratch);
  memset(x + words, 0, 8 * (size_t)(count - words));
  pk_wipe(scratch, 8 * (size_t)mpn_sec_div_r_itch(count, words));
}

/// A value modulo n^2 to its residue modulo the square of one prime: 2 * words.
static void reduce_value(const pk_private *k, int side, uint64_t *residue, const uint64_t *value) {
  const pk_modulus *m = modulus(k, side);
  uint64_t x[4 * MOST] = {0};
  memcpy(x, value, 16 * pk_view(k->data + k->public_)->words);
  reduce(x, 4 * (mp_size_t)k->words, m->data + m->square, 2 * (mp_size_t)k->words);
  memcpy(residue, x, 16 * k->words);
  pk_wipe(x, sizeof x);
}

/// out = first + base * ((second - first) * inverse mod other), where first < base and second < other, all of `words`
/// words: the value below base * other that has these two residues (Garner).
static void combine(uint64_t *out, const uint64_t *first, const uint64_t *second, const uint64_t *base, const uint64_t *other,
                    const uint64_t *inverse, mp_size_t words) {
  uint64_t t[2 * MOST], d[MOST], f[MOST];
  memcpy(f, first, 8 * words);
  reduce(f, words, other, words);
  uint64_t borrow = mpn_sub_n(d, second, f, words);
  mpn_cnd_add_n(borrow, d, d, other, words);
  mpn_mul_n(t, d, inverse, words);
  reduce(t, 2 * words, other, words);
  mpn_mul_n(out, t, base, words);
  mpn_add(out, out, 2 * words, first, words);
  pk_wipe(t, sizeof t), pk_wipe(d, sizeof d), pk_wipe(f, sizeof f);
}

/// residue = (u - 1) / p * slope mod p for u = c^(p-1) mod p^2, which is 1 mod p.
static void logarithm(const pk_private *k, int side, uint64_t *residue, const uint64_t *u) {
  const pk_modulus *m = modulus(k, side);
  mp_size_t words = (mp_size_t)k->words;
  const uint64_t *p = m->data + m->n;
  uint64_t scratch[8 * MOST], x[2 * MOST], t[2 * MOST], quotient[MOST];
  memcpy(x, u, 16 * words);
  // Dividing u by p leaves (u - 1) / p as the quotient, for the remainder is 1.
  uint64_t high = mpn_sec_div_qr(quotient, x, 2 * words, p, words, scratch);
  (void)high;  // 0: u < p^2
  mpn_mul_n(t, quotient, k->data + k->slope[side], words);
  reduce(t, 2 * words, p, words);
  memcpy(residue, t, 8 * words);
  pk_wipe(scratch, sizeof scratch), pk_wipe(x, sizeof x), pk_wipe(t, sizeof t);
  pk_wipe(quotient, sizeof quotient);
}

enum { CHUNK = 64 };

PK_SECRET(pk_decrypt, (const uint64_t *key, uint64_t *plaintexts, const uint64_t *values, size_t count),
          (key, plaintexts, values, count)) {
  const pk_private *k = view(key);
  mp_size_t words = (mp_size_t)k->words;
  size_t nWords = pk_view(k->data + k->public_)->words;
  size_t entry = modulus(k, 0)->entry;
  uint64_t *residues = pk_scratch(CHUNK * 2 * words), *entries = pk_scratch(CHUNK * entry),
           *logs = pk_scratch(2 * CHUNK * words);
  for (size_t i = 0; i < count; i += CHUNK) {
    size_t some = count - i < CHUNK ? count - i : CHUNK;
    for (int side = 0; side < 2; side++) {
      const pk_modulus *m = modulus(k, side);
      for (size_t c = 0; c < some; c++) reduce_value(k, side, residues + c * 2 * words, values + (i + c) * 2 * nWords);
      pk_import((const uint64_t *)m, entries, residues, some);
      pk_power((const uint64_t *)m, entries, entries, some, k->data + k->exponent[side], k->primeBits);
      pk_export((const uint64_t *)m, residues, entries, some);
      for (size_t c = 0; c < some; c++) logarithm(k, side, logs + (side * CHUNK + c) * words, residues + c * 2 * words);
    }
    for (size_t c = 0; c < some; c++) {
      uint64_t plain[2 * MOST];
      combine(plain, logs + c * words, logs + (CHUNK + c) * words, modulus(k, 0)->data + modulus(k, 0)->n,
              modulus(k, 1)->data + modulus(k, 1)->n, k->data + k->inverse, words);
      memcpy(plaintexts + (i + c) * nWords, plain, 8 * nWords);
      pk_wipe(plain, sizeof plain);
    }
  }
  pk_scratch_free(residues, CHUNK * 2 * words), pk_scratch_free(entries, CHUNK * entry);
  pk_scratch_free(logs, 2 * CHUNK * words);
}

size_t pk_private_comb_words(const uint64_t *key, size_t window, size_t bits) {
  return 2 * pk_comb_entries(window, bits) * modulus(view(key), 0)->entry;
}

PK_SECRET(pk_private_comb_init, (const uint64_t *key, uint64_t *combs, const uint64_t *h, size_t window, size_t bits),
          (key, combs, h, window, bits)) {
  const pk_private *k = view(key);
  size_t comb = pk_comb_entries(window, bits) * modulus(k, 0)->entry;
  uint64_t *base = pk_scratch(modulus(k, 0)->entry);
  for (int side = 0; side < 2; side++) {
    const uint64_t *m = (const uint64_t *)modulus(k, side);
    uint64_t residue[2 * MOST];
    reduce_value(k, side, residue, h);
    pk_import(m, base, residue, 1);
    pk_comb_init(m, combs + side * comb, base, window, bits);
    pk_wipe(residue, sizeof residue);
  }
  pk_scratch_free(base, modulus(k, 0)->entry);
}

/// noise[i] from its residues modulo p^2 and q^2: sides[side * CHUNK + c], 2 * words each.
static void join_sides(const pk_private *k, uint64_t *noise, const uint64_t *sides, size_t some) {
  const pk_modulus *p = modulus(k, 0), *q = modulus(k, 1);
  size_t words = k->words, nWords = pk_view(k->data + k->public_)->words;
  for (size_t c = 0; c < some; c++) {
    uint64_t value[4 * MOST];
    combine(value, sides + c * 2 * words, sides + (CHUNK + c) * 2 * words, p->data + p->square, q->data + q->square,
            k->data + k->squareInverse, 2 * words);
    memcpy(noise + c * 2 * nWords, value, 16 * nWords);
    pk_wipe(value, sizeof value);
  }
}

PK_SECRET(pk_noise_comb,
          (const uint64_t *key, uint64_t *noise, const uint64_t *combs, size_t window, const uint64_t *exponents, size_t bits,
           size_t count),
          (key, noise, combs, window, exponents, bits, count)) {
  const pk_private *k = view(key);
  size_t entry = modulus(k, 0)->entry, comb = pk_comb_entries(window, bits) * entry, words = (bits + 63) / 64;
  size_t nWords = pk_view(k->data + k->public_)->words;
  uint64_t *entries = pk_scratch(CHUNK * entry), *sides = pk_scratch(2 * CHUNK * 2 * k->words);
  for (size_t i = 0; i < count; i += CHUNK) {
    size_t some = count - i < CHUNK ? count - i : CHUNK;
    for (int side = 0; side < 2; side++) {
      const uint64_t *m = (const uint64_t *)modulus(k, side);
      pk_comb_power(m, entries, combs + side * comb, window, exponents + (side * count + i) * words, bits, some);
      pk_export(m, sides + side * CHUNK * 2 * k->words, entries, some);
    }
    join_sides(k, noise + i * 2 * nWords, sides, some);
  }
  pk_scratch_free(entries, CHUNK * entry), pk_scratch_free(sides, 2 * CHUNK * 2 * k->words);
}

PK_SECRET(pk_noise_full, (const uint64_t *key, uint64_t *noise, const uint64_t *roots, size_t count), (key, noise, roots, count)) {
  const pk_private *k = view(key);
  size_t entry = modulus(k, 0)->entry, words = k->words, nWords = pk_view(k->data + k->public_)->words;
  uint64_t *entries = pk_scratch(CHUNK * entry), *sides = pk_scratch(2 * CHUNK * 2 * words);
  for (size_t i = 0; i < count; i += CHUNK) {
    size_t some = count - i < CHUNK ? count - i : CHUNK;
    for (int side = 0; side < 2; side++) {
      // r^n mod p^2 = (r^q)^p, and r^q runs through all residues modulo p as r does, because gcd(q, p - 1) = 1: one uniform
      // root to the power p has the same distribution at half the exponent.
      const pk_modulus *m = modulus(k, side);
      uint64_t *side_values = sides + side * CHUNK * 2 * words;
      for (size_t c = 0; c < some; c++) {
        // One word more than the prime: the remainder is uniform up to 2^-64.
        uint64_t root[MOST + 1];
        memcpy(root, roots + (side * count + i + c) * (words + 1), 8 * (words + 1));
        reduce(root, words + 1, m->data + m->n, words);
        if (mpn_zero_p(root, words)) root[0] = 1;  // only a toy prime ever gets here
        memset(side_values + c * 2 * words, 0, 16 * words);
        memcpy(side_values + c * 2 * words, root, 8 * words);
        pk_wipe(root, sizeof root);
      }
      pk_import((const uint64_t *)m, entries, side_values, some);
      pk_power((const uint64_t *)m, entries, entries, some, m->data + m->n, k->primeBits);
      pk_export((const uint64_t *)m, side_values, entries, some);
    }
    join_sides(k, noise + i * 2 * nWords, sides, some);
  }
  pk_scratch_free(entries, CHUNK * entry), pk_scratch_free(sides, 2 * CHUNK * 2 * words);
}

PK_SECRET(pk_encrypt,
          (const uint64_t *context, uint64_t *values, const uint64_t *plaintexts, const uint64_t *noise, size_t count),
          (context, values, plaintexts, noise, count)) {
  // (1 + m n)(a + b n) = a + (b + a m mod n) n modulo n^2: one product and two divisions by n.
  const pk_modulus *m = pk_view(context);
  mp_size_t words = (mp_size_t)m->words;
  const uint64_t *n = m->data + m->n;
  uint64_t low[MOST], high[MOST + 1], t[2 * MOST + 1], quotient[MOST + 2];
  for (size_t i = 0; i < count; i++) {
    mpn_tdiv_qr(high, low, 0, noise + i * 2 * words, 2 * words, n, words);
    mpn_mul_n(t, low, plaintexts + i * words, words);
    t[2 * words] = mpn_add(t, t, 2 * words, high, words);
    mpn_tdiv_qr(quotient, high, 0, t, 2 * words + 1, n, words);
    mpn_mul_n(values + i * 2 * words, n, high, words);
    mpn_add(values + i * 2 * words, values + i * 2 * words, 2 * words, low, words);
  }
  pk_wipe(low, sizeof low), pk_wipe(high, sizeof high), pk_wipe(t, sizeof t);
}
