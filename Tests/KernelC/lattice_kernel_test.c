// Every path of the lattice kernel: against schoolbook arithmetic modulo the primes, against each other byte for byte, on random
// values and on those at the ends of their ranges. Meant to run under AddressSanitizer, UndefinedBehaviorSanitizer and
// LeakSanitizer (Tests/sanitize.sh): every buffer has exactly the size the interface asks for.
//
//   lattice_kernel_test [SEED]
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sampling.h"

enum { PATH_COUNT = LK_PORTABLE + 1 };
static const char *const PATHS[PATH_COUNT] = {"ifma", "avx2", "portable"};
static const uint64_t SETS[2][2] = {{562949953216513, 562854457712641}, {140670446559233, 40961}};
static unsigned long seed;
static size_t passed, failed;

static void check(int holds, const char *what, lk_path path, size_t a, size_t b) {
  if (holds) {
    passed++;
    return;
  }
  failed++;
  printf("FAILED %s (%zu, %zu), path %s, seed %lu\n", what, a, b, PATHS[path], seed);
}

static uint64_t state;
static uint64_t draw(void) {  // SplitMix64
  uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9, z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}
static void draw_seed(uint8_t *out) {
  for (int i = 0; i < 32; i++) out[i] = (uint8_t)draw();
}

// ---- Buffers, freed together

enum { MOST_BLOCKS = 512 };
static struct {
  uint64_t *block;
  size_t words;
} blocks[MOST_BLOCKS];
static size_t blockCount;

static uint64_t *words(size_t count) {
  if (blockCount == MOST_BLOCKS) abort();
  uint64_t *block = lk_allocate(count);
  memset(block, 0, count * 8);
  blocks[blockCount].block = block, blocks[blockCount++].words = count;
  return block;
}
static void *bytes(size_t count) { return words((count + 7) / 8); }
static void free_buffers(void) {
  while (blockCount) blockCount--, lk_release(blocks[blockCount].block, blocks[blockCount].words, 1);
}

typedef struct {
  lk_path path;
  uint64_t p[2];
  uint64_t *context, *workspace;
} ring;

static ring make_ring(lk_path path, int set) {
  ring r = {path, {SETS[set][0], SETS[set][1]}, words(lk_context_words()), words(lk_workspace_words())};
  check(lk_context_init(r.context, path, SETS[set]), "context", path, (size_t)set, 0);
  return r;
}

/// Residues: random, or only from the ends of the range.
static void fill(uint64_t *to, uint64_t p, int edges) {
  for (size_t n = 0; n < N; n++) {
    uint64_t ends[4] = {0, 1, p - 1, p - 1};
    to[n] = edges ? ends[draw() % 4] : draw() % p;
  }
}

// ---- Keystream and samplers

/// RFC 8439, section 2.4.2: block 1 under the key 00 01 ... 1f and the nonce 00 00 00 00 00 00 00 4a 00 00 00 00.
static void test_keystream(ring r) {
  static const char text[] = "Ladies and Gentlemen of the clas";
  static const uint8_t sealed[32] = {0x6e, 0x2e, 0x35, 0x9a, 0x25, 0x68, 0xf9, 0x80, 0x41, 0xba, 0x07,
                                     0x28, 0xdd, 0x0d, 0x69, 0x81, 0xe9, 0x7e, 0x7a, 0xec, 0x1d, 0x43,
                                     0x60, 0xc2, 0x0a, 0x27, 0xaf, 0xcc, 0xfd, 0x9f, 0xae, 0x0b};
  uint8_t key[32], *out = bytes(2048), wrong = 0;
  for (int i = 0; i < 32; i++) key[i] = (uint8_t)i;
  lk_keystream(r.context, out, 2048, key, 0, 0, (uint64_t)0x4a << 24);
  for (int i = 0; i < 32; i++) wrong |= out[64 + i] ^ (uint8_t)text[i] ^ sealed[i];
  check(wrong == 0, "RFC 8439 keystream", r.path, 0, 0);
}

static void test_samplers(ring r) {
  uint8_t key[32];
  draw_seed(key);
  uint64_t *first = words(N), *second = words(N);
  lk_uniform(r.context, first, key, LK_PURPOSE_MASK, 0, 5), lk_uniform(r.context, second, key, LK_PURPOSE_MASK, 1, 5);
  size_t same = 0;
  double mean = 0;
  for (size_t n = 0; n < N; n++) {
    check(first[n] < r.p[0] && second[n] < r.p[1], "uniform residue below its prime", r.path, n, 0);
    same += first[n] % r.p[1] == second[n], mean += (double)first[n] / (double)r.p[0] / N;
  }
  // One stream for both primes would make a a small integer, and every upload readable without a key.
  check(same < 16, "residues modulo both primes are independent", r.path, same, 0);
  check(mean > 0.47 && mean < 0.53, "mean of uniform residues", r.path, 0, 0);

  int64_t *e = bytes(N * 8), *u = bytes(N * 8);
  double square = 0;
  size_t counts[3] = {0}, wide = 0;
  for (uint64_t index = 0; index < 8; index++) {
    lk_draw_error(lk_view(r.context), e, first, key, LK_PURPOSE_ERROR, index);
    lk_draw_ternary(lk_view(r.context), u, first, key, LK_PURPOSE_SECRET, index);
    for (size_t n = 0; n < N; n++) {
      square += (double)(e[n] * e[n]) / (8 * N), wide += e[n] < -LK_ERROR_BOUND || e[n] > LK_ERROR_BOUND;
      if (u[n] < -1 || u[n] > 1) wide++;
      else counts[u[n] + 1]++;
    }
  }
  check(wide == 0 && square > 10.0 && square < 11.0, "error: at most 21, variance 10.5", r.path, wide, 0);
  for (int i = 0; i < 3; i++) check(counts[i] > 10400 && counts[i] < 11450, "a third of a ternary polynomial", r.path, counts[i], 0);
}

// ---- Transforms

static void test_transform(ring r, int prime, int edges) {
  uint64_t p = r.p[prime], psi = lk_view(r.context)->prime[prime].psi, *a = words(N), *b = words(N);
  fill(a, p, edges);
  memcpy(b, a, N * 8);
  lk_forward(r.context, prime, b);
  for (int i = 0; i < 24; i++) {
    unsigned place = (unsigned)(draw() % N), k = place / 64, m = place / 8 % 8, l = place % 8;
    uint64_t x = lk_power(psi, 2 * (uint64_t)lk_reversed(64 * k + 8 * l + m, 12) + 1, p), value = 0;
    for (int n = N - 1; n >= 0; n--) value = (lk_multiply(value, x, p) + a[n]) % p;
    check(b[place] == value, "transform against evaluation", r.path, place, (size_t)prime);
  }
  lk_inverse(r.context, prime, b);
  check(memcmp(a, b, N * 8) == 0, "transform there and back", r.path, (size_t)prime, (size_t)edges);
}

// ---- Products

/// inputs: random polynomials, and their coefficients modulo both primes: [polynomial][c0 | c1][prime][N].
static void make_inputs(ring r, uint64_t *inputs, uint64_t *coefficients, size_t polynomials, int edges) {
  uint8_t key[32], *packed = bytes(lk_packed_bytes(r.context));
  for (size_t c = 0; c < polynomials; c++) {
    draw_seed(key);
    uint8_t *to = packed;
    for (int i = 0; i < 2; i++) {
      uint64_t *c0 = coefficients + (c * 4 + (size_t)i) * N, *c1 = c0 + 2 * N;
      fill(c0, r.p[i], edges);
      unsigned bits = (unsigned)lk_view(r.context)->prime[i].bits;
      lk_portable_operations.pack(to, c0, N, bits), to += N / 8 * bits;
      lk_uniform(r.context, c1, key, LK_PURPOSE_MASK, i, c);
      lk_inverse(r.context, i, c0), lk_inverse(r.context, i, c1);
    }
    check(lk_receive(r.context, inputs, polynomials, c, packed, key, c, r.workspace), "receive", r.path, c, 0);
  }
}

/// sum[n] += w a[n + tau], negacyclic.
static void add_turned(uint64_t *sum, const uint64_t *a, int64_t w, int tau, uint64_t p) {
  uint64_t factor = w < 0 ? p - (uint64_t)-w % p : (uint64_t)w % p;
  for (int n = 0; n < N; n++) {
    int at = n + tau;
    int turns = at < 0 ? 1 : at / N;
    uint64_t value = lk_multiply(factor % p, a[(at + N) % N], p);
    sum[n] = (sum[n] + (turns & 1 ? p - value : value)) % p;
  }
}

typedef struct {
  lk_kernels k;
  int padding;
} layer;

static uint32_t shift_of(layer l) {
  return 64 * (l.k.rows - 1 - (uint32_t)l.padding) + l.k.columns - 1 - (uint32_t)l.padding + 64 * l.k.shareRows * (l.k.share - 1);
}

static int compare_products(ring r, layer l, const int32_t *weights, const uint64_t *coefficients, const uint64_t *sums) {
  uint64_t *expected = words(N), *found = words(N);
  size_t taps = l.k.rows * l.k.columns;
  int same = 1;
  for (size_t o = 0; o < l.k.outputs; o++)
    for (size_t part = 0; part < 2; part++)
      for (size_t i = 0; i < 2; i++) {
        memset(expected, 0, N * 8);
        for (size_t c = 0; c < l.k.channels; c++)
          for (size_t tap = 0; tap < taps; tap++) {
            int tau = 64 * ((int)(tap / l.k.columns) - l.padding + (int)(c % l.k.share * l.k.shareRows)) +
                      (int)(tap % l.k.columns) - l.padding;
            add_turned(expected, coefficients + (c / l.k.share * 4 + part * 2 + i) * N,
                       weights[(o * l.k.channels + c) * taps + tap], tau, r.p[i]);
          }
        memcpy(found, sums + ((i * l.k.outputs + o) * 2 + part) * N, N * 8);
        lk_inverse(r.context, (int)i, found);
        same &= memcmp(expected, found, N * 8) == 0;
      }
  return same;
}

static void test_products(ring r, layer l, int edges) {
  size_t polynomials = lk_shape_of(&l.k).polynomials, weightCount = (size_t)l.k.outputs * l.k.channels * l.k.rows * l.k.columns;
  int32_t *weights = bytes(weightCount * 4);
  for (size_t i = 0; i < weightCount; i++) weights[i] = edges ? (draw() & 1 ? 32767 : -32767) : (int32_t)(draw() % 1023) - 511;
  int16_t *taps = bytes(lk_tap_count(&l.k) * 2);
  lk_taps(&l.k, taps, weights);
  uint64_t *inputs = words(lk_input_words(polynomials)), *coefficients = words(polynomials * 4 * N);
  make_inputs(r, inputs, coefficients, polynomials, edges);
  uint64_t *factor = words(lk_factor_words()), *sums = words(lk_sum_words(l.k.outputs)), *others = words(lk_sum_words(l.k.outputs));
  lk_monomial(r.context, factor, shift_of(l));
  uint64_t *scratch = words(lk_product_workspace_words(&l.k));
  const uint64_t *in[2] = {inputs, inputs};
  uint64_t *const out[2] = {sums, others};
  for (size_t job = 0; job < LK_JOBS; job++) lk_products(r.context, &l.k, taps, factor, job, in, out, 2, scratch);
  check(compare_products(r, l, weights, coefficients, sums), "products against schoolbook", r.path, l.k.channels, l.k.rows);
  check(memcmp(sums, others, lk_sum_words(l.k.outputs) * 8) == 0, "two inputs at once", r.path, l.k.channels, l.k.rows);
  if (l.k.share == 1) {
    uint64_t *wide = words(lk_wide_workspace_words());
    for (size_t o = 0; o < l.k.outputs; o++)
      lk_wide_product(r.context, &l.k, l.padding, weights, o, inputs, others, wide);
    check(memcmp(sums, others, lk_sum_words(l.k.outputs) * 8) == 0, "wide kernels", r.path, l.k.channels, l.k.rows);
  }
  // A skip: one input, moved and scaled, on top.
  lk_add_scaled(r.context, sums, l.k.outputs, l.k.outputs - 1, inputs, polynomials, polynomials - 1, -89412, factor);
  uint64_t *expected = words(N), *found = words(N);
  for (int i = 0; i < 2; i++) {
    memcpy(expected, others + ((size_t)i * l.k.outputs + l.k.outputs - 1) * 2 * N, N * 8);
    if (l.k.share > 1) break;
    lk_inverse(r.context, i, expected);
    add_turned(expected, coefficients + ((polynomials - 1) * 4 + (size_t)i) * N, -89412, (int)shift_of(l), r.p[i]);
    memcpy(found, sums + ((size_t)i * l.k.outputs + l.k.outputs - 1) * 2 * N, N * 8);
    lk_inverse(r.context, i, found);
    check(memcmp(expected, found, N * 8) == 0, "skip", r.path, l.k.channels, (size_t)i);
  }
}

static void test_wide_kernel(ring r) {
  layer l = {{2, 2, 64, 64, 1, 0}, 0};
  int32_t *weights = bytes(4 * 4096 * 4);
  for (size_t i = 0; i < 4 * 4096; i++) weights[i] = (int32_t)(draw() % 131071) - 65535;
  uint64_t *inputs = words(lk_input_words(2)), *coefficients = words(8 * N), *sums = words(lk_sum_words(2));
  make_inputs(r, inputs, coefficients, 2, 0);
  uint64_t *scratch = words(lk_wide_workspace_words());
  for (size_t o = 0; o < 2; o++) lk_wide_product(r.context, &l.k, 0, weights, o, inputs, sums, scratch);
  check(compare_products(r, l, weights, coefficients, sums), "a kernel of 64 x 64", r.path, 2, 64);
}

// ---- Whole answers

typedef struct {
  ring r;
  uint64_t *secret, *key;
  uint8_t *b, *maskSeed;
} keys;

static keys make_keys(ring r, uint8_t seeds[3][32]) {
  keys k = {r, words(lk_secret_words()), words(lk_public_words()), bytes(lk_packed_bytes(r.context)), seeds[2]};
  uint64_t norm = lk_secret_init(r.context, k.secret, seeds[0], 0, r.workspace);
  check(norm > 2500 && norm < 2950, "norm of the secret", r.path, norm, 0);
  lk_public_make(r.context, k.secret, k.b, seeds[1], seeds[2], r.workspace);
  check(lk_public_init(r.context, k.key, k.b, seeds[2], r.workspace), "public key", r.path, 0, 0);
  return k;
}

enum { CHANNELS = 9, OUTPUTS = 2, IMAGE = 60, RESULT = 56, NEEDED = RESULT * RESULT };

typedef struct {
  uint8_t *uploads, *answers;
  size_t uploadBytes, answerBytes;
} exchange;

/// One layer from keys to answers; the same seeds give the same bytes on every path.
static exchange run_layer(keys k, lk_answer_format format, const int32_t *weights, int64_t *const *images, int64_t bias,
                          const int64_t *addends, uint8_t seeds[3][32]) {
  ring r = k.r;
  layer l = {{OUTPUTS, CHANNELS, 5, 5, 1, 0}, 0};
  exchange x = {NULL, NULL, CHANNELS * lk_packed_bytes(r.context), OUTPUTS * lk_answer_bytes(r.context, &format, NEEDED)};
  x.uploads = bytes(x.uploadBytes), x.answers = bytes(x.answerBytes);
  uint64_t *inputs = words(lk_input_words(CHANNELS)), *sums = words(lk_sum_words(OUTPUTS));
  for (size_t c = 0; c < CHANNELS; c++) {
    uint8_t *to = x.uploads + c * lk_packed_bytes(r.context);
    lk_encrypt(r.context, k.secret, format.plaintextBits, images[c], seeds[0], seeds[1], c, to, r.workspace);
    check(lk_receive(r.context, inputs, CHANNELS, c, to, seeds[1], c, r.workspace), "receive", r.path, c, 0);
  }
  int16_t *taps = bytes(lk_tap_count(&l.k) * 2);
  lk_taps(&l.k, taps, weights);
  uint64_t *factor = words(lk_factor_words()), *scratch = words(lk_product_workspace_words(&l.k));
  lk_monomial(r.context, factor, shift_of(l));
  const uint64_t *in[1] = {inputs};
  uint64_t *const out[1] = {sums};
  for (size_t job = 0; job < LK_JOBS; job++) lk_products(r.context, &l.k, taps, factor, job, in, out, 1, scratch);
  lk_run runs[RESULT];
  for (uint32_t i = 0; i < RESULT; i++) runs[i] = (lk_run){LK_SIDE * i, RESULT};
  for (size_t o = 0; o < OUTPUTS; o++)
    lk_answer(r.context, k.key, &format, sums, OUTPUTS, o, o ? addends : &bias, o ? NEEDED : 1, seeds[2], o, runs, RESULT,
              x.answers + o * lk_answer_bytes(r.context, &format, NEEDED), r.workspace);
  return x;
}

static void check_values(keys k, lk_answer_format format, exchange x, const int32_t *weights, int64_t *const *images, int64_t bias,
                         const int64_t *addends, double limit) {
  lk_run runs[RESULT];
  for (uint32_t i = 0; i < RESULT; i++) runs[i] = (lk_run){LK_SIDE * i, RESULT};
  int64_t *values = bytes(NEEDED * 8);
  double noise = 0;
  for (size_t o = 0; o < OUTPUTS; o++) {
    check(lk_open(k.r.context, k.secret, &format, x.answers + o * lk_answer_bytes(k.r.context, &format, NEEDED), runs, RESULT,
                  values, &noise, k.r.workspace),
          "open", k.r.path, o, 0);
    size_t wrong = 0;
    for (size_t n = 0; n < NEEDED; n++) {
      int64_t y = o ? addends[n] : bias, half = (int64_t)1 << (format.plaintextBits - 1);
      for (size_t c = 0; c < CHANNELS; c++)
        for (size_t tap = 0; tap < 25; tap++)
          y += weights[(o * CHANNELS + c) * 25 + tap] * images[c][(n / RESULT + tap / 5) * LK_SIDE + n % RESULT + tap % 5];
      y = ((y + half) & (2 * half - 1)) - half;
      wrong += values[n] != y;
    }
    check(wrong == 0, "values of an answer", k.r.path, wrong, format.plaintextBits);
  }
  check(noise < limit, "noise of an answer in 10^-6 steps", k.r.path, (size_t)(noise * 1e6), format.plaintextBits);
}

static void test_answers(keys *every, int set, lk_answer_format format, double limit) {
  uint8_t seeds[3][32];
  for (int i = 0; i < 3; i++) draw_seed(seeds[i]);
  int32_t *weights = bytes(OUTPUTS * CHANNELS * 25 * 4);
  for (size_t i = 0; i < OUTPUTS * CHANNELS * 25; i++) weights[i] = (int32_t)(draw() % 1023) - 511;
  int64_t *images[CHANNELS], *addends = bytes(NEEDED * 8), half = (int64_t)1 << (format.plaintextBits - 1);
  for (size_t c = 0; c < CHANNELS; c++) {
    images[c] = bytes(N * 8);
    for (size_t n = 0; n < N; n++)
      if (n / LK_SIDE < IMAGE && n % LK_SIDE < IMAGE) images[c][n] = c == 1 ? -(int64_t)(draw() % 4096) : (int64_t)(draw() % 4096);
  }
  // Masks of the whole plaintext space: sums may wrap once.
  for (size_t n = 0; n < NEEDED; n++) addends[n] = (int64_t)(draw() % (2 * (uint64_t)half)) - half;
  exchange x[PATH_COUNT];
  for (lk_path path = LK_PORTABLE + 1; path-- > LK_IFMA;) {
    if (!lk_available(path)) continue;
    x[path] = run_layer(every[path], format, weights, images, 12345, addends, seeds);
    check_values(every[path], format, x[path], weights, images, 12345, addends, limit);
    const exchange *other = &x[LK_PORTABLE];
    check(memcmp(x[path].uploads, other->uploads, other->uploadBytes) == 0, "uploads of all paths", path, (size_t)set, 0);
    check(memcmp(x[path].answers, other->answers, other->answerBytes) == 0, "answers of all paths", path, (size_t)set,
          format.plaintextBits);
  }
}

// ---- What must be refused

static void test_malformed(keys k) {
  ring r = k.r;
  uint64_t *inputs = words(lk_input_words(1)), *values = words(N);
  uint8_t *packed = bytes(lk_packed_bytes(r.context));
  for (int i = 0; i < 2; i++)
    for (size_t n = 0; n < N; n += 4095) {
      memset(packed, 0, lk_packed_bytes(r.context));
      uint64_t p = r.p[i];
      unsigned bits = (unsigned)lk_view(r.context)->prime[i].bits;
      uint8_t *at = packed + (i ? N / 8 * lk_view(r.context)->prime[0].bits : 0);
      memset(values, 0, N * 8);
      values[n] = p - 1, lk_portable_operations.pack(at, values, N, bits);
      check(lk_receive(r.context, inputs, 1, 0, packed, k.maskSeed, 0, r.workspace), "a residue of p - 1", r.path, n, (size_t)i);
      values[n] = p, lk_portable_operations.pack(at, values, N, bits);
      check(!lk_receive(r.context, inputs, 1, 0, packed, k.maskSeed, 0, r.workspace), "a residue of p", r.path, n, (size_t)i);
      check(!lk_public_init(r.context, k.key, packed, k.maskSeed, r.workspace), "a public key with p", r.path, n, (size_t)i);
    }
  lk_answer_format format = {33, 0, 0, 1};
  lk_run run = {0, 8};
  int64_t opened[8];
  uint8_t *answer = bytes(lk_answer_bytes(r.context, &format, 8));
  memset(answer, 0xff, lk_answer_bytes(r.context, &format, 8));
  check(!lk_open(r.context, k.secret, &format, answer, &run, 1, opened, NULL, r.workspace), "an answer of ones", r.path, 0, 0);

  const uint64_t bad[][2] = {{562854457712641, 562949953216513},   // the wrong way round
                             {562949953216513, 562854457712643},   // not prime
                             {1125899906826241, 562949953216513},  // above 2^49.19
                             {562949953216513, 12289}};            // below 2^15
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    check(!lk_context_init(words(lk_context_words()), r.path, bad[i]), "primes that are none of ours", r.path, i, 0);
}

static void test_packing(void) {
  uint64_t *values = words(64), *back = words(64);
  for (unsigned bits = 8; bits <= 52; bits++) {
    for (size_t n = 0; n < 64; n++) values[n] = draw() >> (64 - bits);
    uint8_t *one = bytes(8 * bits), *other = bytes(8 * bits);
    lk_ifma_operations.pack(one, values, 64, bits), lk_portable_operations.pack(other, values, 64, bits);
    check(memcmp(one, other, 8 * bits) == 0, "packing", LK_IFMA, bits, 0);
    lk_ifma_operations.unpack(back, one, 64, bits);
    check(memcmp(values, back, 512) == 0, "unpacking", LK_IFMA, bits, 0);
    lk_portable_operations.unpack(back, one, 64, bits);
    check(memcmp(values, back, 512) == 0, "unpacking", LK_PORTABLE, bits, 0);
  }
}

// ---- Randomness is used once: every keystream of an exchange has a seed and nonce of its own

enum { MOST_STREAMS = 4096 };
static uint8_t streams[MOST_STREAMS][44];
static size_t streamCount;
static void note_stream(const uint8_t *key, const uint8_t *nonce) {
  if (streamCount == MOST_STREAMS) abort();
  memcpy(streams[streamCount], key, 32), memcpy(streams[streamCount++] + 32, nonce, 12);
}
static int compare_streams(const void *a, const void *b) { return memcmp(a, b, 44); }

static void test_streams(keys *every) {
  uint8_t seeds[3][32];
  for (int i = 0; i < 3; i++) draw_seed(seeds[i]);
  int32_t *weights = bytes(OUTPUTS * CHANNELS * 25 * 4);
  int64_t *images[CHANNELS], *addends = bytes(NEEDED * 8);
  for (size_t c = 0; c < CHANNELS; c++) images[c] = bytes(N * 8);
  streamCount = 0;
  lk_set_keystream_hook(note_stream);
  run_layer(every[LK_PORTABLE], (lk_answer_format){33, 63, 1, 1}, weights, images, 0, addends, seeds);
  lk_set_keystream_hook(NULL);
  // The server expands each of the client's masks again; everything else is drawn once.
  size_t repeated = 0, expected = CHANNELS * (1 + 2 + 2) + OUTPUTS * 3;
  qsort(streams, streamCount, 44, compare_streams);
  for (size_t i = 1; i < streamCount; i++) {
    int same = memcmp(streams[i - 1], streams[i], 44) == 0;
    repeated += (size_t)same;
    check(!same || streams[i][32] == LK_PURPOSE_MASK, "a secret stream is drawn once", LK_PORTABLE, i, 0);
  }
  check(streamCount == expected && repeated == CHANNELS * 2, "streams of an exchange", LK_PORTABLE, streamCount, repeated);
}

static size_t wiped;
static void inspect(const uint64_t *block, size_t count) {
  uint64_t any = 0;
  for (size_t i = 0; i < count; i++) any |= block[i];
  wiped += any == 0;
}

int main(int argc, char **argv) {
  seed = argc > 1 ? strtoul(argv[1], NULL, 10) : (unsigned long)time(NULL);
  state = seed;
  printf("lattice kernel, seed %lu\n", seed);
  if (!lk_available(LK_IFMA)) {
    printf("the path ifma does not run here; build with LK_EMULATED to test its logic\n");
    return 1;
  }
  static const layer layers[] = {
      {{1, 1, 5, 5, 1, 0}, 0},  {{2, 2, 5, 5, 1, 0}, 4},  {{1, 7, 3, 3, 1, 0}, 1},  {{2, 8, 5, 5, 1, 0}, 2},
      {{1, 9, 1, 1, 1, 0}, 0},  {{1, 15, 8, 8, 1, 0}, 0}, {{3, 17, 2, 7, 1, 0}, 1}, {{1, 48, 5, 5, 1, 0}, 0},
      {{2, 49, 5, 5, 1, 0}, 0}, {{1, 97, 3, 5, 1, 0}, 0}, {{2, 3, 5, 5, 3, 20}, 2}, {{1, 7, 5, 5, 3, 20}, 2},
      {{1, 26, 3, 3, 3, 20}, 1},
  };
  for (int set = 0; set < 2; set++) {
    keys every[PATH_COUNT];
    uint8_t seeds[3][32];
    for (int i = 0; i < 3; i++) draw_seed(seeds[i]);
    for (lk_path path = LK_PORTABLE + 1; path-- > LK_IFMA;) {
      if (!lk_available(path)) continue;
      ring r = make_ring(path, set);
      test_keystream(r);
      test_samplers(r);
      for (int edges = 0; edges < 2; edges++)
        for (int prime = 0; prime < 2; prime++) test_transform(r, prime, edges);
      size_t before = blockCount;
      for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        test_products(r, layers[i], (int)(i & 1));
        test_products(r, layers[i], !(i & 1));
        while (blockCount > before) blockCount--, lk_release(blocks[blockCount].block, blocks[blockCount].words, 1);
      }
      test_wide_kernel(r);
      every[path] = make_keys(r, seeds);
      check(memcmp(every[path].b, every[LK_PORTABLE].b, lk_packed_bytes(r.context)) == 0, "public keys of all paths", path, 0, 0);
    }
    if (set == 0) {
      test_answers(every, set, (lk_answer_format){33, 63, 1, 1}, 0.457);
      test_answers(every, set, (lk_answer_format){34, 62, 1, 0}, 0.435);
      test_answers(every, set, (lk_answer_format){36, 59, 1, 0}, 0.381);
      test_answers(every, set, (lk_answer_format){30, 66, 1, 3}, 0.5);
      test_answers(every, set, (lk_answer_format){24, 72, 1, 6}, 0.5);
      test_streams(every);
    } else {
      test_answers(every, set, (lk_answer_format){33, 0, 0, 1}, 0.314);
      test_answers(every, set, (lk_answer_format){30, 0, 1, 2}, 0.314);
    }
    for (lk_path path = LK_IFMA; path <= LK_PORTABLE; path++)
      if (lk_available(path)) test_malformed(every[path]);
    if (set == 1) {
      test_packing();
      lk_set_release_hook(inspect);
      size_t blocksNow = blockCount;
      free_buffers();
      lk_set_release_hook(NULL);
      check(wiped == blocksNow, "blocks wiped before they are freed", LK_PORTABLE, wiped, blocksNow);
    }
    free_buffers();
  }
  printf("%zu checks passed, %zu failed\n", passed, failed);
  return failed != 0;
}
