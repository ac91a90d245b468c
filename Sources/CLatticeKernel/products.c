// Sums of products by kernels, in the transform domain.
#include "kernel.h"

lk_shape lk_shape_of(const lk_kernels *k) {
  size_t polynomials = (k->channels + k->share - 1) / k->share;
  lk_shape s = {k->outputs, polynomials, lk_octets(polynomials), lk_padded(k->rows), lk_padded(k->columns),
                k->share, k->shareRows, 0};
  // Blocks a multiple of 4 KiB apart would share the cache's sets.
  s.stride = s.outputs * s.octets * 8 * s.columns + 64;
  return s;
}

size_t lk_tap_count(const lk_kernels *k) {
  lk_shape s = lk_shape_of(k);
  return s.outputs * s.octets * s.share * s.columns * s.rows * 8;
}

/// [output][octet][channel of the polynomial][column][row][polynomial of the octet], rows and columns turned round.
void lk_taps(const lk_kernels *k, int16_t *taps, const int32_t *weights) {
  lk_shape s = lk_shape_of(k);
  memset(taps, 0, lk_tap_count(k) * sizeof *taps);
  for (size_t o = 0; o < k->outputs; o++)
    for (size_t c = 0; c < k->channels; c++) {
      size_t polynomial = c / k->share, b = c % k->share;
      int16_t *to = taps + ((o * s.octets + polynomial / 8) * s.share + b) * s.columns * s.rows * 8 + polynomial % 8;
      for (size_t i = 0; i < k->rows; i++)
        for (size_t j = 0; j < k->columns; j++)
          to[(j * s.rows + i) * 8] =
              (int16_t)weights[((o * k->channels + c) * k->rows + k->rows - 1 - i) * k->columns + k->columns - 1 - j];
    }
}

size_t lk_factor_words(void) { return 4 * N; }

void lk_monomial(const uint64_t *context, uint64_t *factor, uint32_t shift) {
  const lk_ring *ring = lk_view(context);
  for (int i = 0; i < 2; i++, factor += 2 * N) {
    const lk_prime *P = &ring->prime[i];
    memset(factor, 0, N * 8);
    // x^-s = -x^(4096 - s)
    if (shift % (2 * N) == 0) factor[0] = 1;
    else if (shift % (2 * N) <= N) factor[N - shift % (2 * N)] = P->p - 1;
    else factor[2 * N - shift % (2 * N)] = 1;
    lk_operations_of(ring)->forward(P, factor);
    for (size_t n = 0; n < N; n++) factor[N + n] = lk_factor_of(ring, factor[n], P->p).quotient;
  }
}

size_t lk_product_workspace_words(const lk_kernels *k) {
  lk_shape s = lk_shape_of(k);
  // The last: of the portable path.
  return 8 * s.stride + 128 * s.outputs + s.outputs * s.polynomials * 8 * (s.columns > 4 ? s.columns - 4 : 0);
}
size_t lk_input_words(size_t polynomials) { return polynomials * 4 * N; }
size_t lk_sum_words(size_t outputs) { return outputs * 4 * N; }

void lk_products(const uint64_t *context, const lk_kernels *kernels, const int16_t *taps, const uint64_t *factor, size_t job,
                 const uint64_t *const *inputs, uint64_t *const *sums, size_t count, uint64_t *workspace) {
  const lk_ring *ring = lk_view(context);
  const lk_operations *f = lk_operations_of(ring);
  const lk_shape s = lk_shape_of(kernels);
  const size_t prime = job / 8, group = job % 8;
  const lk_prime *P = &ring->prime[prime];
  const u64 *twist = factor ? factor + prime * 2 * N : NULL;
  u64 *rows = workspace, *partial = workspace + 8 * s.stride;
  f->rows(ring, P, &s, taps, group, rows);
  for (size_t block = 8 * group; block < 8 * group + 8; block++)
    for (size_t half = 0; half < 2; half++)
      for (size_t i = 0; i < count; i++)
        f->products(P, &s, inputs[i] + (prime * 128 + 2 * block + half) * s.polynomials * 2 * HALF, rows, twist, block, half,
                    sums[i] + prime * s.outputs * 2 * N, partial);
}

/// sum_taps w x^-(64 (row - padding) + column - padding), residues.
static void place_kernel(u64 *polynomial, const int32_t *weights, const lk_kernels *k, int padding, u64 p) {
  memset(polynomial, 0, N * 8);
  for (uint32_t row = 0; row < k->rows; row++)
    for (uint32_t column = 0; column < k->columns; column++) {
      int at = -(LK_SIDE * ((int)row - padding) + (int)column - padding);
      i64 weight = weights[row * k->columns + column] % (i64)p;
      if (at < 0) at += N, weight = -weight;
      polynomial[at] = weight < 0 ? (u64)(weight + (i64)p) : (u64)weight;
    }
}

size_t lk_wide_workspace_words(void) { return N + 4 * N; }

void lk_wide_product(const uint64_t *context, const lk_kernels *kernels, int padding, const int32_t *weights, size_t output,
                     const uint64_t *inputs, uint64_t *sums, uint64_t *workspace) {
  const lk_ring *ring = lk_view(context);
  const lk_operations *f = lk_operations_of(ring);
  const size_t channels = kernels->channels, taps = (size_t)kernels->rows * kernels->columns;
  u64 *kernel = workspace, *wide = workspace + N;
  for (size_t prime = 0; prime < 2; prime++) {
    const lk_prime *P = &ring->prime[prime];
    memset(wide, 0, 4 * N * 8);
    for (size_t c = 0; c < channels; c++) {
      place_kernel(kernel, weights + (output * channels + c) * taps, kernels, padding, P->p);
      f->forward(P, kernel);
      for (size_t h = 0; h < 2 * BLOCKS; h++)
        for (size_t part = 0; part < 2; part++)
          f->wide_add(wide + (2 * h + part) * 2 * HALF,
                      inputs + ((prime * 2 * BLOCKS + h) * channels + c) * 2 * HALF + part * HALF, kernel + h * HALF);
    }
    for (size_t h = 0; h < 2 * BLOCKS; h++)
      for (size_t part = 0; part < 2; part++)
        f->wide_fold(P, sums + ((prime * kernels->outputs + output) * 2 + part) * N + h * HALF, wide + (2 * h + part) * 2 * HALF);
  }
}

void lk_add_scaled(const uint64_t *context, uint64_t *sums, size_t outputs, size_t output, const uint64_t *inputs,
                   size_t polynomials, size_t polynomial, int64_t multiplier, const uint64_t *factor) {
  const lk_ring *ring = lk_view(context);
  const lk_operations *f = lk_operations_of(ring);
  for (size_t prime = 0; prime < 2; prime++) {
    const lk_prime *P = &ring->prime[prime];
    i64 residue = multiplier % (i64)P->p;
    lk_factor by = lk_factor_of(ring, residue < 0 ? (u64)(residue + (i64)P->p) : (u64)residue, P->p);
    for (size_t h = 0; h < 2 * BLOCKS; h++)
      for (size_t part = 0; part < 2; part++)
        f->add_scaled(P, sums + ((prime * outputs + output) * 2 + part) * N + h * HALF,
                      inputs + ((prime * 2 * BLOCKS + h) * polynomials + polynomial) * 2 * HALF + part * HALF, by,
                      factor ? factor + prime * 2 * N + h * HALF : NULL);
  }
}
