// Keys, uploads and answers.
#include "sampling.h"

size_t lk_workspace_words(void) { return sizeof(lk_workspace) / 8; }

void lk_forward(const uint64_t *context, int prime, uint64_t *polynomial) {
  const lk_ring *ring = lk_view(context);
  lk_operations_of(ring)->forward(&ring->prime[prime], polynomial);
}
void lk_inverse(const uint64_t *context, int prime, uint64_t *polynomial) {
  const lk_ring *ring = lk_view(context);
  lk_operations_of(ring)->inverse(&ring->prime[prime], polynomial);
}

/// Residues below p as factors: values, then quotients.
static void make_factors(const lk_ring *ring, u64 *factors, const u64 *residues, u64 p) {
  for (size_t n = 0; n < N; n++) {
    u64 value = residues[n];
    factors[n] = value;
    // floor(value 2^r / p) without a division, whose time depends on its operands: from floor(2^(r + 12) / p) downwards.
    factors[N + n] = 0;
    u64 remainder = value, quotient = 0;
    for (u64 bit = 0; bit < ring->radix; bit++) {
      remainder <<= 1;
      u64 fits = ~(u64)((i64)(remainder - p) >> 63);
      remainder -= p & fits, quotient = quotient << 1 | (fits & 1);
    }
    factors[N + n] = quotient;
  }
}

// ---- Keys

size_t lk_secret_words(void) { return 4 * N; }
size_t lk_public_words(void) { return 8 * N; }

uint64_t lk_secret_init(const uint64_t *context, uint64_t *secret, const uint8_t *seed, uint64_t redraw, uint64_t *workspace) {
  const lk_ring *ring = lk_view(context);
  const lk_operations *f = lk_operations_of(ring);
  lk_workspace *w = (lk_workspace *)workspace;
  lk_draw_ternary(ring, w->small[0], w->stream, seed, LK_PURPOSE_SECRET, redraw);
  u64 norm = 0;
  for (size_t n = 0; n < N; n++) norm += (u64)(w->small[0][n] & 1);
  for (int i = 0; i < 2; i++) {
    const lk_prime *P = &ring->prime[i];
    f->reduce(P, w->a, w->small[0]);
    f->forward(P, w->a);
    make_factors(ring, secret + 2 * N * i, w->a, P->p);
  }
  lk_wipe_stack();
  return norm;
}

size_t lk_packed_bytes(const uint64_t *context) {
  const lk_ring *ring = lk_view(context);
  return N / 8 * (ring->prime[0].bits + ring->prime[1].bits);
}

void lk_public_make(const uint64_t *context, const uint64_t *secret, uint8_t *b, const uint8_t *errorSeed,
                    const uint8_t *maskSeed, uint64_t *workspace) {
  const lk_ring *ring = lk_view(context);
  const lk_operations *f = lk_operations_of(ring);
  lk_workspace *w = (lk_workspace *)workspace;
  lk_draw_error(ring, w->small[0], w->stream, errorSeed, LK_PURPOSE_KEY_ERROR, 0);
  for (int i = 0; i < 2; i++) {
    const lk_prime *P = &ring->prime[i];
    f->reduce(P, w->a, w->small[0]);
    f->forward(P, w->a);
    lk_draw_uniform(ring, w->b, w->stream, maskSeed, LK_PURPOSE_KEY_MASK, i, 0);
    f->subtract_product(P, w->a, w->b, secret + 2 * N * i);
    f->pack(b, w->a, N, (unsigned)P->bits);
    b += N / 8 * P->bits;
  }
  lk_wipe_stack();
}

/// The largest of N residues: an all-ones answer if all are below the limit.
static int all_below(const u64 *values, size_t count, u64 limit) {
  u64 beyond = 0;
  for (size_t n = 0; n < count; n++) beyond |= limit - 1 - values[n];
  return beyond >> 63 == 0;
}

int lk_public_init(const uint64_t *context, uint64_t *key, const uint8_t *b, const uint8_t *maskSeed, uint64_t *workspace) {
  const lk_ring *ring = lk_view(context);
  const lk_operations *f = lk_operations_of(ring);
  lk_workspace *w = (lk_workspace *)workspace;
  for (int i = 0; i < 2; i++, key += 4 * N) {
    const lk_prime *P = &ring->prime[i];
    f->unpack(w->a, b, N, (unsigned)P->bits);
    if (!all_below(w->a, N, P->p)) return 0;
    b += N / 8 * P->bits;
    make_factors(ring, key, w->a, P->p);
    lk_draw_uniform(ring, w->b, w->stream, maskSeed, LK_PURPOSE_KEY_MASK, i, 0);
    make_factors(ring, key + 2 * N, w->b, P->p);
  }
  return 1;
}

int lk_public_matches(const uint64_t *context, const uint64_t *key, const uint64_t *secret, uint64_t *workspace) {
  const lk_ring *ring = lk_view(context);
  const lk_operations *f = lk_operations_of(ring);
  lk_workspace *w = (lk_workspace *)workspace;
  u64 beyond = 0;
  for (int i = 0; i < 2; i++, key += 4 * N) {
    const lk_prime *P = &ring->prime[i];
    memcpy(w->a, key, N * sizeof *w->a);
    f->add_product(P, w->a, key + 2 * N, secret + 2 * N * i);
    f->inverse(P, w->a);
    for (size_t n = 0; n < N; n++) {
      // The error and its bound: 0 to twice the bound where it is small.
      u64 sum = w->a[n] + LK_ERROR_BOUND - P->p;
      sum += P->p & (u64)((i64)sum >> 63);
      beyond |= 2 * LK_ERROR_BOUND - sum;
    }
  }
  lk_wipe_stack();
  return beyond >> 63 == 0;
}

// ---- Uploads

/// Delta = (q - 1) / 2^L modulo one prime.
static lk_factor delta_of(const lk_ring *ring, int prime, unsigned plaintextBits) {
  u128 q = (u128)ring->prime[0].p * ring->prime[1].p;
  u64 p = ring->prime[prime].p;
  return lk_factor_of(ring, (u64)(((q - 1) >> plaintextBits) % p), p);
}

void lk_encrypt(const uint64_t *context, const uint64_t *secret, unsigned plaintextBits, const int64_t *coefficients,
                const uint8_t *errorSeed, const uint8_t *maskSeed, uint64_t index, uint8_t *bytes, uint64_t *workspace) {
  const lk_ring *ring = lk_view(context);
  const lk_operations *f = lk_operations_of(ring);
  lk_workspace *w = (lk_workspace *)workspace;
  lk_draw_error(ring, w->small[0], w->stream, errorSeed, LK_PURPOSE_ERROR, index);
  for (int i = 0; i < 2; i++) {
    const lk_prime *P = &ring->prime[i];
    f->encode(P, delta_of(ring, i, plaintextBits), w->a, coefficients, w->small[0]);
    f->forward(P, w->a);
    lk_draw_uniform(ring, w->b, w->stream, maskSeed, LK_PURPOSE_MASK, i, index);
    f->subtract_product(P, w->a, w->b, secret + 2 * N * i);
    f->pack(bytes, w->a, N, (unsigned)P->bits);
    bytes += N / 8 * P->bits;
  }
  lk_wipe_stack();
}

void lk_add_plaintext(const uint64_t *context, unsigned plaintextBits, const int64_t *coefficients, uint8_t *bytes,
                      uint64_t *workspace) {
  const lk_ring *ring = lk_view(context);
  const lk_operations *f = lk_operations_of(ring);
  lk_workspace *w = (lk_workspace *)workspace;
  memset(w->small[0], 0, sizeof w->small[0]);
  for (int i = 0; i < 2; i++) {
    const lk_prime *P = &ring->prime[i];
    f->encode(P, delta_of(ring, i, plaintextBits), w->a, coefficients, w->small[0]);
    f->forward(P, w->a);
    f->unpack(w->b, bytes, N, (unsigned)P->bits);
    for (size_t n = 0; n < N; n++) {
      u64 sum = w->a[n] + w->b[n] - P->p;
      w->a[n] = sum + (P->p & (u64)((i64)sum >> 63));
    }
    f->pack(bytes, w->a, N, (unsigned)P->bits);
    bytes += N / 8 * P->bits;
  }
  lk_wipe_stack();
}

int lk_check(const uint64_t *context, const uint8_t *bytes) {
  const lk_ring *ring = lk_view(context);
  u64 values[512];
  int good = 1;
  for (int i = 0; i < 2; i++)
    for (size_t n = 0; n < N; n += 512, bytes += 64 * ring->prime[i].bits) {
      lk_operations_of(ring)->unpack(values, bytes, 512, (unsigned)ring->prime[i].bits);
      good &= all_below(values, 512, ring->prime[i].p);
    }
  return good;
}

/// Half blocks of a polynomial to their places between those of the others.
static void spread(u64 *inputs, size_t polynomials, size_t polynomial, size_t part, const u64 *from) {
  for (size_t h = 0; h < 2 * BLOCKS; h++)
    memcpy(inputs + (h * polynomials + polynomial) * 2 * HALF + part * HALF, from + h * HALF, HALF * 8);
}

int lk_receive(const uint64_t *context, uint64_t *inputs, size_t polynomials, size_t polynomial, const uint8_t *bytes,
               const uint8_t *maskSeed, uint64_t index, uint64_t *workspace) {
  const lk_ring *ring = lk_view(context);
  const lk_operations *f = lk_operations_of(ring);
  lk_workspace *w = (lk_workspace *)workspace;
  for (int i = 0; i < 2; i++, inputs += polynomials * 2 * N) {
    const lk_prime *P = &ring->prime[i];
    f->unpack(w->a, bytes, N, (unsigned)P->bits);
    if (!all_below(w->a, N, P->p)) return 0;
    bytes += N / 8 * P->bits;
    lk_draw_uniform(ring, w->b, w->stream, maskSeed, LK_PURPOSE_MASK, i, index);
    spread(inputs, polynomials, polynomial, 0, w->a);
    spread(inputs, polynomials, polynomial, 1, w->b);
  }
  return 1;
}

// ---- Answers

static lk_switch switch_of(const lk_ring *ring, const lk_answer_format *format) {
  return (lk_switch){format->floodBits, ring->prime[1].p / 2,
                     (double)((u64)1 << (format->plaintextBits + 5)) / (double)ring->prime[0].p,
                     ((u64)1 << (format->plaintextBits + 5)) - 1, format->droppedBits};
}

static size_t needed_of(const lk_run *runs, size_t runCount) {
  size_t needed = 0;
  for (size_t i = 0; i < runCount; i++) needed += runs[i].count;
  return needed;
}

size_t lk_answer_bytes(const uint64_t *context, const lk_answer_format *format, size_t needed) {
  return lk_octets(needed) * (format->plaintextBits + 5) + N / 8 * (lk_view(context)->prime[0].bits - format->droppedBits);
}

static void gather(u64 *to, const u64 *from, const lk_run *runs, size_t runCount, size_t needed) {
  u64 *at = to;
  for (size_t i = 0; i < runCount; at += runs[i].count, i++) memcpy(at, from + runs[i].start, runs[i].count * 8);
  for (size_t n = needed; n < 8 * lk_octets(needed); n++) to[n] = 0;
}

/// Adds u (b, a), u ternary: an encryption of zero but for e2.
static void add_zero(const lk_ring *ring, const u64 *key, u64 *const sums[2], const i64 *u, lk_workspace *w) {
  const lk_operations *f = lk_operations_of(ring);
  for (int i = 0; i < 2; i++) {
    const lk_prime *P = &ring->prime[i];
    f->reduce(P, w->a, u);
    f->forward(P, w->a);
    f->add_product(P, sums[i], w->a, key + 4 * N * i);
    f->add_product(P, sums[i] + N, w->a, key + 4 * N * i + 2 * N);
  }
}

/// Coefficients of a sum, with an encryption of zero where the format has one: e2 goes to c1 modulo both primes.
static void open_sum(const lk_ring *ring, const u64 *key, const lk_answer_format *format, u64 *const sums[2], const u8 *seed,
                     u64 index, lk_workspace *w) {
  const lk_operations *f = lk_operations_of(ring);
  if (format->addsZero) {
    lk_draw_ternary(ring, w->small[0], w->stream, seed, LK_PURPOSE_ZERO, index);
    lk_draw_error(ring, w->small[1], w->stream, seed, LK_PURPOSE_ZERO_ERROR, index);
    add_zero(ring, key, sums, w->small[0], w);
  }
  for (int i = 0; i < 2; i++) {
    f->inverse(&ring->prime[i], sums[i]);
    f->inverse(&ring->prime[i], sums[i] + N);
    if (format->addsZero) f->add_small(&ring->prime[i], sums[i] + N, w->small[1]);
  }
}

static void flood_needed(const lk_ring *ring, const lk_answer_format *format, size_t needed, const u8 *seed, u64 index,
                         lk_workspace *w) {
  if (!format->floodBits) return;
  const lk_operations *f = lk_operations_of(ring);
  lk_stream stream = lk_stream_of(seed, LK_PURPOSE_FLOOD, 0, index);
  lk_draw(ring, &stream, w->stream, (lk_octets(needed) * (format->floodBits > 64 ? 48 : 24) * 8 + 1023) / 1024);
  f->flood(&ring->prime[0], w->a, needed, w->stream, format->floodBits);
  f->flood(&ring->prime[1], w->b, needed, w->stream, format->floodBits);
}

void lk_answer(const uint64_t *context, const uint64_t *key, const lk_answer_format *format, uint64_t *sums, size_t outputs,
               size_t output, const int64_t *addends, size_t addendCount, const uint8_t *seed, uint64_t index, const lk_run *runs,
               size_t runCount, uint8_t *bytes, uint64_t *workspace) {
  const lk_ring *ring = lk_view(context);
  const lk_operations *f = lk_operations_of(ring);
  lk_workspace *w = (lk_workspace *)workspace;
  const lk_switch how = switch_of(ring, format);
  u64 *own[2] = {sums + output * 2 * N, sums + (outputs + output) * 2 * N};
  open_sum(ring, key, format, own, seed, index, w);

  const size_t needed = needed_of(runs, runCount), padded = 8 * lk_octets(needed);
  u64 *residues[2] = {w->a, w->b};
  for (int i = 0; i < 2; i++) {
    gather(residues[i], own[i], runs, runCount, needed);
    f->add_plain(&ring->prime[i], delta_of(ring, i, format->plaintextBits), residues[i], needed, addends, addendCount > 1);
  }
  flood_needed(ring, format, needed, seed, index, w);
  f->drop(ring, w->a, w->b, needed, &how);
  f->round_low(w->a, needed, &how);
  for (size_t n = needed; n < padded; n++) w->a[n] = 0;
  f->pack(bytes, w->a, padded, format->plaintextBits + 5);

  f->drop(ring, own[0] + N, own[1] + N, N, &how);
  f->round_high(&ring->prime[0], own[0] + N, &how);
  f->pack(bytes + padded / 8 * (format->plaintextBits + 5), own[0] + N, N, (unsigned)ring->prime[0].bits - format->droppedBits);
  lk_wipe_stack();
}

void lk_unprotected(const uint64_t *context, const uint64_t *key, const lk_answer_format *format, uint64_t *sums, size_t outputs,
                    size_t output, const uint8_t *seed, uint64_t index, uint64_t *coefficients, uint64_t *workspace) {
  const lk_ring *ring = lk_view(context);
  lk_workspace *w = (lk_workspace *)workspace;
  u64 *own[2] = {sums + output * 2 * N, sums + (outputs + output) * 2 * N};
  open_sum(ring, key, format, own, seed, index, w);
  memcpy(w->a, own[0], N * 8), memcpy(w->b, own[1], N * 8);
  flood_needed(ring, format, N, seed, index, w);
  memcpy(coefficients, w->a, N * 8), memcpy(coefficients + 2 * N, w->b, N * 8);
  memcpy(coefficients + N, own[0] + N, N * 8), memcpy(coefficients + 3 * N, own[1] + N, N * 8);
}

int lk_open(const uint64_t *context, const uint64_t *secret, const lk_answer_format *format, const uint8_t *bytes,
            const lk_run *runs, size_t runCount, int64_t *values, double *noise, uint64_t *workspace) {
  const lk_ring *ring = lk_view(context);
  const lk_operations *f = lk_operations_of(ring);
  const lk_prime *P = &ring->prime[0];
  lk_workspace *w = (lk_workspace *)workspace;
  const size_t needed = needed_of(runs, runCount), padded = 8 * lk_octets(needed);
  const unsigned bits = format->plaintextBits;
  f->unpack(w->a, bytes, padded, bits + 5);
  f->unpack(w->b, bytes + padded / 8 * (bits + 5), N, (unsigned)P->bits - format->droppedBits);
  if (!all_below(w->b, N, ((P->p - 1) >> format->droppedBits) + 1)) return 0;
  for (size_t n = 0; n < N; n++) w->b[n] <<= format->droppedBits;
  f->forward(P, w->b);
  f->scale(P, w->b, w->b, secret);
  f->inverse(P, w->b);
  gather(w->c, w->b, runs, runCount, needed);
  f->decode(w->small[0], w->a, w->c, padded, bits, (double)((u64)1 << bits) / (double)P->p, noise);
  memcpy(values, w->small[0], needed * 8);
  lk_wipe_stack();
  return 1;
}
