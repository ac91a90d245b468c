// The portable path (pairs on GMP's mpn layer) and the gmp path (plain mpz). A group is eight entries in a row.
#include "kernel.h"

static void load_lanes(const pk_modulus *m, uint64_t *group, const uint64_t *const entries[PK_LANES], int lanes) {
  for (int lane = 0; lane < lanes; lane++) memcpy(group + lane * m->entry, entries[lane], 8 * m->entry);
}
static void store_lanes(const pk_modulus *m, uint64_t *const entries[PK_LANES], const uint64_t *group, int lanes) {
  for (int lane = 0; lane < lanes; lane++) memcpy(entries[lane], group + lane * m->entry, 8 * m->entry);
}

static void select_masked(const pk_modulus *m, uint64_t *out, const uint64_t *table, size_t groups, unsigned digit) {
  size_t words = PK_LANES * m->entry;
  memset(out, 0, 8 * words);
  for (size_t v = 0; v < groups; v++) {
    uint64_t difference = v ^ digit, mask = ((difference | -difference) >> 63) - 1;
    __asm__ volatile("" : "+r"(mask));  // the compiler may not turn the mask back into a branch
    for (size_t word = 0; word < words; word++) out[word] |= table[v * words + word] & mask;
  }
}

/// One Montgomery reduction of t (2 * size + 1 words, destroyed) to out in [0, n); quotient digits go to q.
/// - Returns: how often n was subtracted at the end.
static uint64_t reduce(uint64_t *out, uint64_t *q, uint64_t *t, const uint64_t *n, mp_size_t size, uint64_t inverse) {
  for (mp_size_t i = 0; i < size; i++) {
    q[i] = t[i] * inverse;
    t[i] = mpn_addmul_1(t + i, n, size, q[i]);  // the word becomes 0; its place keeps the carry
  }
  uint64_t top = t[2 * size] + mpn_add_n(out, t + size, t, size), times = 0;
  while (top || mpn_cmp(out, n, size) >= 0) top -= mpn_sub_n(out, out, n, size), times++;
  return times;
}

static void pair(const pk_modulus *m, uint64_t *out, const uint64_t *x, const uint64_t *y, int square) {
  enum { MOST = PK_MAXIMUM_BITS / 64 };
  uint64_t t[2 * MOST + 1], u[2 * MOST + 1], q[MOST], unused[MOST];
  mp_size_t size = (mp_size_t)m->limbs;
  const uint64_t *n = m->data + m->radix, *a1 = x, *b1 = x + size, *a2 = y, *b2 = y + size;
  mpn_mul_n(u, a1, b2, size);
  if (square) {
    u[2 * size] = mpn_lshift(u, u, 2 * size, 1);
    mpn_sqr(t, a1, size);
  } else {
    mpn_mul_n(t, a2, b1, size);
    u[2 * size] = mpn_add_n(u, u, t, 2 * size);
    mpn_mul_n(t, a1, a2, size);
  }
  t[2 * size] = 0;
  uint64_t times = reduce(out, q, t, n, size, m->negInverse);
  // a1 a2 = r R - q n, and r loses `times` n to the second component: + multiple - q keeps it non-negative.
  u[2 * size] += mpn_add(u, u, 2 * size, m->data + m->multiple, size + 1);
  u[2 * size] -= mpn_sub(u, u, 2 * size, q, size);
  reduce(out + size, unused, u, n, size, m->negInverse);
  if (mpn_add_1(out + size, out + size, size, times) || mpn_cmp(out + size, n, size) >= 0)
    mpn_sub_n(out + size, out + size, n, size);
}

static void portable_multiply(const pk_modulus *m, uint64_t *out, const uint64_t *x, const uint64_t *y, int lanes) {
  for (int lane = 0; lane < lanes; lane++)
    pair(m, out + lane * m->entry, x + lane * m->entry, y + lane * m->entry, 0);
}
static void portable_square(const pk_modulus *m, uint64_t *out, const uint64_t *x, int lanes) {
  for (int lane = 0; lane < lanes; lane++)
    pair(m, out + lane * m->entry, x + lane * m->entry, x + lane * m->entry, 1);
}
const pk_operations pk_portable_operations = {load_lanes, store_lanes, portable_multiply, select_masked, portable_square};

static void gmp_multiply(const pk_modulus *m, uint64_t *out, const uint64_t *x, const uint64_t *y, int lanes) {
  mp_size_t words = 2 * (mp_size_t)m->words;
  mpz_t a, b, n2, product;
  mpz_init2(product, 128 * words + 64);
  mpz_roinit_n(n2, m->data + m->square, words);
  for (int lane = 0; lane < lanes; lane++) {
    mpz_roinit_n(a, x + lane * m->entry, words), mpz_roinit_n(b, y + lane * m->entry, words);
    mpz_mul(product, a, b);
    mpz_mod(product, product, n2);
    size_t used = mpz_size(product);
    uint64_t *to = out + lane * m->entry;
    memcpy(to, mpz_limbs_read(product), 8 * used);
    memset(to + used, 0, 8 * (words - used));
  }
  mpz_clear(product);
}
static void gmp_square(const pk_modulus *m, uint64_t *out, const uint64_t *x, int lanes) {
  gmp_multiply(m, out, x, x, lanes);
}
const pk_operations pk_gmp_operations = {load_lanes, store_lanes, gmp_multiply, select_masked, gmp_square};
