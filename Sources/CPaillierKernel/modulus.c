#include "kernel.h"

enum { RADIX_BITS = 52, HEADROOM = 12 };  // inputs below 4n, R at least 2^12 n (ifma)

static size_t limbs_of(pk_path path, size_t bits) {
  if (path != PK_IFMA) return (bits + 63) / 64;
  size_t limbs = (bits + HEADROOM + RADIX_BITS - 1) / RADIX_BITS;
  return limbs < 2 ? 2 : limbs;  // the product's pipeline wants a second column
}
static size_t entry_of(size_t limbs) { return (2 * limbs + 7) / 8 * 8; }

int pk_available(pk_path path) {
#if defined(__x86_64__)
  if (path == PK_IFMA) return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512ifma");
#else
  if (path == PK_IFMA) return 0;
#endif
  return path == PK_PORTABLE || path == PK_GMP;
}

const pk_operations *pk_operations_of(const pk_modulus *m) {
#if defined(__x86_64__)
  if (m->path == PK_IFMA) return pk_ifma_operations(m->limbs);
#endif
  return m->path == PK_PORTABLE ? &pk_portable_operations : &pk_gmp_operations;
}

size_t pk_context_words(pk_path path, size_t bits) {
  size_t words = (bits + 63) / 64, limbs = limbs_of(path, bits);
  return sizeof(pk_modulus) / 8 + 3 * words + 2 * limbs + 1 + 2 * entry_of(limbs);
}
size_t pk_entry_words(const uint64_t *context) { return pk_view(context)->entry; }
size_t pk_group_words(const uint64_t *context) { return PK_LANES * pk_view(context)->entry; }
size_t pk_modulus_words(const uint64_t *context) { return pk_view(context)->words; }

/// Words to limbs of 52 bits; what exceeds `count` limbs stays in the top one.
static void split(uint64_t *limbs, size_t count, const uint64_t *words, size_t wordCount) {
  for (size_t i = 0; i < count; i++) {
    size_t bit = i * RADIX_BITS, word = bit / 64, offset = bit % 64;
    uint64_t low = word < wordCount ? words[word] >> offset : 0;
    if (offset && word + 1 < wordCount) low |= words[word + 1] << (64 - offset);
    limbs[i] = low & (((uint64_t)1 << RADIX_BITS) - 1);
  }
}
static void join(uint64_t *words, size_t wordCount, const uint64_t *limbs, size_t count) {
  memset(words, 0, 8 * wordCount);
  for (size_t i = 0; i < count; i++) {
    size_t bit = i * RADIX_BITS, word = bit / 64, offset = bit % 64;
    if (word < wordCount) words[word] |= limbs[i] << offset;
    if (offset > 64 - RADIX_BITS && word + 1 < wordCount) words[word + 1] |= limbs[i] >> (64 - offset);
  }
}

/// Quotient and remainder of a value (2 words) by n, in constant time: decryption divides by primes.
static void divide(const pk_modulus *m, uint64_t *low, uint64_t *high, const uint64_t *value) {
  mp_size_t words = (mp_size_t)m->words;
  size_t total = 4 * m->words + (size_t)mpn_sec_div_qr_itch(2 * words, words);
  uint64_t *work = pk_scratch(total);
  memcpy(work, value, 16 * words);
  uint64_t *quotient = work + 2 * words;
  // n's top word is not zero; the quotient's extra top word is 0 because value < n^2.
  quotient[words] = mpn_sec_div_qr(quotient, work, 2 * words, m->data + m->n, words, work + 4 * words);
  memcpy(low, work, 8 * words);
  memcpy(high, quotient, 8 * words);
  pk_scratch_free(work, total);
}

/// A value as the entry of its pair, not yet in Montgomery form.
static void raw_entry(const pk_modulus *m, uint64_t *entry, const uint64_t *value) {
  memset(entry, 0, 8 * m->entry);
  if (m->path == PK_GMP) {
    memcpy(entry, value, 16 * m->words);
    return;
  }
  uint64_t pair[2][PK_MAXIMUM_BITS / 64];
  divide(m, pair[0], pair[1], value);
  for (int part = 0; part < 2; part++) {
    if (m->path == PK_IFMA) split(entry + part * m->limbs, m->limbs, pair[part], m->words);
    else memcpy(entry + part * m->limbs, pair[part], 8 * m->words);
  }
  pk_wipe(pair, sizeof pair);
}

void pk_context_init(uint64_t *context, pk_path path, const uint64_t *n, size_t bits) {
  pk_modulus *m = (pk_modulus *)context;
  size_t words = (bits + 63) / 64, limbs = limbs_of(path, bits), entry = entry_of(limbs);
  memset(context, 0, 8 * pk_context_words(path, bits));
  m->path = path, m->bits = bits, m->words = words, m->limbs = limbs, m->entry = entry;
  m->n = 0, m->square = words, m->radix = 3 * words, m->multiple = m->radix + limbs;
  m->one = m->multiple + limbs + 1, m->shift = m->one + entry;
  uint64_t inverse = 1;
  for (int i = 0; i < 6; i++) inverse *= 2 - n[0] * inverse;
  m->negInverse = path == PK_IFMA ? -inverse & (((uint64_t)1 << RADIX_BITS) - 1) : -inverse;
  memcpy(m->data + m->n, n, 8 * words);

  mpz_t N, square, R, t;
  mpz_inits(N, square, R, t, NULL);
  mpz_import(N, words, -1, 8, 0, 0, n);
  mpz_mul(square, N, N);
  mpz_export(m->data + m->square, NULL, -1, 8, 0, 0, square);
  size_t shift = path == PK_IFMA ? RADIX_BITS * limbs : path == PK_PORTABLE ? 64 * limbs : 0;
  mpz_set_ui(R, 1), mpz_mul_2exp(R, R, shift);
  if (path == PK_IFMA) {
    split(m->data + m->radix, limbs, n, words);
  } else {
    memcpy(m->data + m->radix, n, 8 * words);
  }
  uint64_t words2[2 * PK_MAXIMUM_BITS / 64 + 2];
  memset(words2, 0, sizeof words2);
  mpz_cdiv_q(t, R, N), mpz_mul(t, t, N);
  mpz_export(words2, NULL, -1, 8, 0, 0, t);
  if (path == PK_IFMA) {
    // The top limb keeps what lies above 52 bits of it: the multiple is at least R = 2^(52 limbs).
    split(m->data + m->multiple, limbs, words2, 2 * words + 2);
    m->data[m->multiple + limbs - 1] += (uint64_t)1 << RADIX_BITS;
  } else if (path == PK_PORTABLE) {
    memcpy(m->data + m->multiple, words2, 8 * (limbs + 1));
  }
  for (int power = 1; power <= 2; power++) {
    memset(words2, 0, sizeof words2);
    mpz_set_ui(t, 1), mpz_mul_2exp(t, t, power * shift), mpz_mod(t, t, square);
    mpz_export(words2, NULL, -1, 8, 0, 0, t);
    raw_entry(m, m->data + (power == 1 ? m->one : m->shift), words2);
  }
  mpz_clears(N, square, R, t, NULL);
  pk_wipe(words2, sizeof words2);
}

void pk_one(const uint64_t *context, uint64_t *entry) {
  const pk_modulus *m = pk_view(context);
  memcpy(entry, m->data + m->one, 8 * m->entry);
}

/// entries[i] *= factor, eight at a time.
static void scale(const pk_modulus *m, uint64_t *entries, size_t count, const uint64_t *factor) {
  const pk_operations *f = pk_operations_of(m);
  uint64_t *x = pk_scratch(2 * PK_LANES * m->entry), *y = x + PK_LANES * m->entry;
  const uint64_t *from[PK_LANES];
  uint64_t *to[PK_LANES];
  for (int lane = 0; lane < PK_LANES; lane++) from[lane] = factor;
  f->load(m, y, from, PK_LANES);
  for (size_t i = 0; i < count; i += PK_LANES) {
    int lanes = count - i < PK_LANES ? (int)(count - i) : PK_LANES;
    for (int lane = 0; lane < PK_LANES; lane++)
      from[lane] = to[lane] = entries + (i + (lane < lanes ? lane : 0)) * m->entry;
    f->load(m, x, from, lanes);
    f->multiply(m, x, x, y, lanes);
    f->store(m, to, x, lanes);
  }
  pk_scratch_free(x, 2 * PK_LANES * m->entry);
}

PK_SECRET(pk_import,
          (const uint64_t *context, uint64_t *entries, const uint64_t *values, size_t count),
          (context, entries, values, count)) {
  const pk_modulus *m = pk_view(context);
  for (size_t i = 0; i < count; i++) raw_entry(m, entries + i * m->entry, values + i * 2 * m->words);
  if (m->path != PK_GMP) scale(m, entries, count, m->data + m->shift);
}

void pk_pair_words(const pk_modulus *m, uint64_t *low, uint64_t *high, const uint64_t *entry) {
  uint64_t a[PK_MAXIMUM_BITS / 64 + 1], b[PK_MAXIMUM_BITS / 64 + 1], spare[PK_MAXIMUM_BITS / 64 + 1];
  mp_size_t words = (mp_size_t)m->words;
  if (m->path == PK_IFMA) {
    join(a, words + 1, entry, m->limbs), join(b, words + 1, entry + m->limbs, m->limbs);
  } else {
    memcpy(a, entry, 8 * words), memcpy(b, entry + m->limbs, 8 * words);
    a[words] = b[words] = 0;
  }
  // Both components are below 1.001 n. a >= n moves one n into the second component.
  const uint64_t *n = m->data + m->n;
  uint64_t over = !(mpn_sub_n(spare, a, n, words) > a[words]);
  a[words] -= mpn_cnd_sub_n(over, a, a, n, words);
  mpn_add_1(b, b, words + 1, over);
  for (int twice = 0; twice < 2; twice++) {
    over = !(mpn_sub_n(spare, b, n, words) > b[words]);
    b[words] -= mpn_cnd_sub_n(over, b, b, n, words);
  }
  memcpy(low, a, 8 * words), memcpy(high, b, 8 * words);
  pk_wipe(a, sizeof a), pk_wipe(b, sizeof b), pk_wipe(spare, sizeof spare);
}

PK_SECRET(pk_export,
          (const uint64_t *context, uint64_t *values, const uint64_t *entries, size_t count),
          (context, values, entries, count)) {
  const pk_modulus *m = pk_view(context);
  mp_size_t words = (mp_size_t)m->words;
  if (m->path == PK_GMP) {
    for (size_t i = 0; i < count; i++) memcpy(values + i * 2 * words, entries + i * m->entry, 16 * words);
    return;
  }
  enum { CHUNK = 64 };
  uint64_t *work = pk_scratch(CHUNK * m->entry), *plain = pk_scratch(m->entry);
  memset(plain, 0, 8 * m->entry);
  plain[0] = 1;  // the pair (1, 0): a product with it leaves Montgomery form
  for (size_t i = 0; i < count; i += CHUNK) {
    size_t some = count - i < CHUNK ? count - i : CHUNK;
    memcpy(work, entries + i * m->entry, 8 * some * m->entry);
    scale(m, work, some, plain);
    for (size_t k = 0; k < some; k++) {
      uint64_t low[PK_MAXIMUM_BITS / 64], high[PK_MAXIMUM_BITS / 64], *value = values + (i + k) * 2 * words;
      pk_pair_words(m, low, high, work + k * m->entry);
      mpn_mul_n(value, m->data + m->n, high, words);
      mpn_add(value, value, 2 * words, low, words);
    }
  }
  pk_scratch_free(work, CHUNK * m->entry), pk_scratch_free(plain, m->entry);
}
