// What both paths say alike, over a vector V of LANES words. A path defines before it includes this
//   V LANES FN INLINE  LD ST SET ZERO ADD SUB AND SLL SRL SRA          words, loads and stores of LANES of them
//   CONSTANTS(P)     p1, p2 = 2 p and whatever SHOUP needs
//   CSUB(x, m)       x - m if that is not negative, else x
//   NONNEGATIVE(x, p) x + p if x is negative, else x
//   ABOVE(x, y, z)   z where x > y, else 0
//   SHOUP(x, w, q)   x w modulo p, in [0, 2 p), for every x the path's quotients allow (below 2^52)
//   LAZY             whether values may grow over the levels of a transform: primes are below 2^52 / 7, and SHOUP takes 64 bits
//   LOAD16(p) ONES(x) ROUND_UNSIGNED ROUND_SIGNED UNSIGNED SIGNED D DSET DMUL DADD DSUB DABSMAX
//   transpose(block) of 8 x 8 words in place
// and gets static functions. No branch and no address depends on a value: only sizes and public parameters do.

#define FACTOR(f) SET((f).value), SET((f).quotient)
#define LANED(t) LD((t)[0] + lane), LD((t)[1] + lane)
/// Below 4 p in and out (a), below 2^52 in (b): Harvey 2014, algorithm 2. A lazy one lets a grow by 2 p a level.
#define BUTTERFLY(a, b, ...)                                    \
  do {                                                          \
    V u_ = LAZY ? (a) : CSUB(a, p2), r_ = SHOUP(b, __VA_ARGS__); \
    b = ADD(SUB(u_, r_), p2), a = ADD(u_, r_);                  \
  } while (0)
/// Below 2 p in and out: algorithm 3. A lazy one at `level` 0 ... 11 takes values below 2^level 2 p and doubles their bound.
#define INVERSE_BUTTERFLY(level, a, b, ...)                                \
  do {                                                                     \
    V s_ = ADD(a, b), d_ = ADD(SUB(a, b), LAZY ? SLL(p2, level) : p2);     \
    a = LAZY ? s_ : CSUB(s_, p2), b = SHOUP(d_, __VA_ARGS__);              \
  } while (0)

/// Three levels of eight values under the root `b` of their first.
INLINE void forward_levels(V r[8], const lk_prime *P, const size_t b) {
  CONSTANTS(P);
  const lk_factor *w = P->forward;
  for (size_t i = 0; i < 4; i++) BUTTERFLY(r[i], r[i + 4], FACTOR(w[b]));
  for (size_t i = 0; i < 2; i++) {
    BUTTERFLY(r[i], r[i + 2], FACTOR(w[2 * b]));
    BUTTERFLY(r[i + 4], r[i + 6], FACTOR(w[2 * b + 1]));
  }
  for (size_t i = 0; i < 4; i++) BUTTERFLY(r[2 * i], r[2 * i + 1], FACTOR(w[4 * b + i]));
}

INLINE void inverse_levels(V r[8], const lk_prime *P, const size_t b, const unsigned level) {
  CONSTANTS(P);
  const lk_factor *w = P->inverse;
  for (size_t i = 0; i < 4; i++) INVERSE_BUTTERFLY(level, r[2 * i], r[2 * i + 1], FACTOR(w[4 * b + i]));
  for (size_t i = 0; i < 2; i++) {
    INVERSE_BUTTERFLY(level + 1, r[i], r[i + 2], FACTOR(w[2 * b]));
    INVERSE_BUTTERFLY(level + 1, r[i + 4], r[i + 6], FACTOR(w[2 * b + 1]));
  }
  for (size_t i = 0; i < 4; i++) INVERSE_BUTTERFLY(level + 2, r[i], r[i + 4], FACTOR(w[b]));
}

/// The last three levels of a transposed block, a sub-block a lane.
INLINE void forward_lanes(V r[8], const lk_prime *P, size_t block, size_t lane) {
  CONSTANTS(P);
  const u64(*t)[2][8] = P->forwardLanes[block];
  for (size_t i = 0; i < 4; i++) BUTTERFLY(r[i], r[i + 4], LANED(t[0]));
  for (size_t i = 0; i < 2; i++) {
    BUTTERFLY(r[i], r[i + 2], LANED(t[1]));
    BUTTERFLY(r[i + 4], r[i + 6], LANED(t[2]));
  }
  for (size_t i = 0; i < 4; i++) BUTTERFLY(r[2 * i], r[2 * i + 1], LANED(t[3 + i]));
}

INLINE void inverse_lanes(V r[8], const lk_prime *P, size_t block, size_t lane) {
  CONSTANTS(P);
  const u64(*t)[2][8] = P->inverseLanes[block];
  for (size_t i = 0; i < 4; i++) INVERSE_BUTTERFLY(0, r[2 * i], r[2 * i + 1], LANED(t[3 + i]));
  for (size_t i = 0; i < 2; i++) {
    INVERSE_BUTTERFLY(1, r[i], r[i + 2], LANED(t[1]));
    INVERSE_BUTTERFLY(1, r[i + 4], r[i + 6], LANED(t[2]));
  }
  for (size_t i = 0; i < 4; i++) INVERSE_BUTTERFLY(2, r[i], r[i + 4], LANED(t[0]));
}

INLINE void load8(V r[8], const u64 *from, const size_t stride) {
  for (size_t i = 0; i < 8; i++) r[i] = LD(from + stride * i);
}
INLINE void store8(u64 *to, const V r[8], const size_t stride) {
  for (size_t i = 0; i < 8; i++) ST(to + stride * i, r[i]);
}

/// Below 4 p in, below p out; three passes of radix 8 before the lanes' three levels.
FN void forward(const lk_prime *P, u64 *a) {
  CONSTANTS(P);
  V r[8];
  for (size_t j = 0; j < N / 8; j += LANES) {
    load8(r, a + j, N / 8);
    forward_levels(r, P, 1);
    store8(a + j, r, N / 8);
  }
  for (size_t g = 0; g < 8; g++)
    for (size_t j = 0; j < BLOCK; j += LANES) {
      u64 *b = a + N / 8 * g + j;
      load8(r, b, BLOCK);
      forward_levels(r, P, 8 + g);
      store8(b, r, BLOCK);
    }
  for (size_t block = 0; block < BLOCKS; block++) {
    u64 *b = a + BLOCK * block, t[BLOCK] __attribute__((aligned(64)));
    for (size_t lane = 0; lane < 8; lane += LANES) {
      load8(r, b + lane, 8);
      forward_levels(r, P, 64 + block);
      store8(t + lane, r, 8);
    }
    transpose(t);
    for (size_t lane = 0; lane < 8; lane += LANES) {
      load8(r, t + lane, 8);
      forward_lanes(r, P, block, lane);
      for (int i = 0; i < 8; i++)
        r[i] = CSUB(LAZY ? SHOUP(r[i], FACTOR(P->fold[0])) : CSUB(r[i], p2), p1);  // fold[0] is 1
      store8(b + lane, r, 8);
    }
  }
}

/// Below 2 p in, below p out.
FN void inverse(const lk_prime *P, u64 *a) {
  CONSTANTS(P);
  V r[8];
  for (size_t block = 0; block < BLOCKS; block++) {
    u64 *b = a + BLOCK * block, t[BLOCK] __attribute__((aligned(64)));
    for (size_t lane = 0; lane < 8; lane += LANES) {
      load8(r, b + lane, 8);
      inverse_lanes(r, P, block, lane);
      store8(t + lane, r, 8);
    }
    transpose(t);
    for (size_t lane = 0; lane < 8; lane += LANES) {
      load8(r, t + lane, 8);
      inverse_levels(r, P, 64 + block, 3);
      store8(b + lane, r, 8);
    }
  }
  for (size_t g = 0; g < 8; g++)
    for (size_t j = 0; j < BLOCK; j += LANES) {
      u64 *b = a + N / 8 * g + j;
      load8(r, b, BLOCK);
      inverse_levels(r, P, 8 + g, 6);
      store8(b, r, BLOCK);
    }
  for (size_t j = 0; j < N / 8; j += LANES) {
    load8(r, a + j, N / 8);
    inverse_levels(r, P, 1, 9);
    for (int i = 0; i < 8; i++) {
      V x = SHOUP(r[i], FACTOR(P->scale));
      r[i] = CSUB(x, p1);
    }
    store8(a + j, r, N / 8);
  }
}

// ---- Samplers: from a keystream's words

FN void error(i64 *out, const u64 *words) {
  const V mask = SET((1 << LK_ERROR_BOUND) - 1);
  for (size_t n = 0; n < N; n += LANES) {
    V r = LD(words + n);
    ST(out + n, SUB(ONES(AND(r, mask)), ONES(AND(SRL(r, LK_ERROR_BOUND), mask))));
  }
}

FN void ternary(i64 *out, const u64 *words) {
  const V mask = SET(0xffffffff), one = SET(1);
  for (size_t n = 0; n < N; n += LANES) {
    // floor(3 r / 2^64) by halves of r.
    V r = LD(words + n), low = AND(r, mask), high = SRL(r, 32);
    low = SRL(ADD(ADD(low, low), low), 32);
    ST(out + n, SUB(SRL(ADD(ADD(ADD(high, high), high), low), 32), one));
  }
}

// ---- Elementwise arithmetic

FN void encode(const lk_prime *P, lk_factor delta, u64 *out, const i64 *m, const i64 *e) {
  CONSTANTS(P);
  const V lift = SET(P->lift);
  for (size_t n = 0; n < N; n += LANES) {
    V x = SHOUP(ADD(LD(m + n), lift), FACTOR(delta));
    ST(out + n, ADD(x, ADD(LD(e + n), p1)));
  }
}

FN void reduce(const lk_prime *P, u64 *out, const i64 *small) {
  CONSTANTS(P);
  for (size_t n = 0; n < N; n += LANES) ST(out + n, NONNEGATIVE(LD(small + n), p1));
}

FN void add_product(const lk_prime *P, u64 *sum, const u64 *x, const u64 *factor) {
  CONSTANTS(P);
  for (size_t n = 0; n < N; n += LANES) {
    V r = ADD(LD(sum + n), SHOUP(LD(x + n), LD(factor + n), LD(factor + N + n)));
    ST(sum + n, CSUB(CSUB(r, p2), p1));
  }
}

FN void subtract_product(const lk_prime *P, u64 *sum, const u64 *x, const u64 *factor) {
  CONSTANTS(P);
  for (size_t n = 0; n < N; n += LANES) {
    V r = ADD(SUB(LD(sum + n), SHOUP(LD(x + n), LD(factor + n), LD(factor + N + n))), p2);
    ST(sum + n, CSUB(CSUB(r, p2), p1));
  }
}

FN void scale(const lk_prime *P, u64 *out, const u64 *x, const u64 *factor) {
  CONSTANTS(P);
  for (size_t n = 0; n < N; n += LANES) {
    V r = SHOUP(LD(x + n), LD(factor + n), LD(factor + N + n));
    ST(out + n, CSUB(r, p1));
  }
}

FN void add_scaled(const lk_prime *P, u64 *sum, const u64 *x, lk_factor multiplier, const u64 *factor) {
  CONSTANTS(P);
  for (size_t n = 0; n < HALF; n += LANES) {
    V y = LD(x + n);
    if (factor) y = SHOUP(y, LD(factor + n), LD(factor + N + n));
    V r = ADD(LD(sum + n), SHOUP(y, FACTOR(multiplier)));
    ST(sum + n, CSUB(CSUB(r, p2), p1));
  }
}

FN void add_plain(const lk_prime *P, lk_factor delta, u64 *values, size_t count, const i64 *addends, size_t step) {
  CONSTANTS(P);
  const V lift = SET(P->lift), all = SET(addends[0]);
  for (size_t n = 0; n < count; n += LANES) {
    V x = SHOUP(ADD(step ? LD(addends + n) : all, lift), FACTOR(delta));
    V r = ADD(LD(values + n), x);
    ST(values + n, CSUB(CSUB(r, p2), p1));
  }
}

FN void add_small(const lk_prime *P, u64 *values, const i64 *small) {
  CONSTANTS(P);
  for (size_t n = 0; n < N; n += LANES) {
    V r = ADD(LD(values + n), NONNEGATIVE(LD(small + n), p1));
    ST(values + n, CSUB(r, p1));
  }
}

/// f = high 2^32 + low with 0 <= low < 3 2^32; words stand in groups of eight coefficients, three words each, then, for more than
/// 64 bits, three more that go above them.
FN void flood(const lk_prime *P, u64 *values, size_t count, const u64 *words, unsigned bits) {
  CONSTANTS(P);
  const V mask = SET(0xffffffff), unit = SET(1);
  const size_t group = bits > 64 ? 48 : 24;
  const u64 offset = (u64)1 << (bits > 34 ? bits - 31 : 3);  // makes `high` positive; taken off again
  const u64 back = P->p - lk_multiply(offset % P->p, P->high.value, P->p);
  const V shift = SET(offset), minus = SET(back);
  for (size_t n = 0; n < count; n += LANES) {
    const u64 *from = words + n / 8 * group + n % 8;
    V low = ZERO, high = shift;
    for (int i = 0; i < 3; i++) {
      V w = LD(from + 8 * i);
      if (bits > 64) {
        high = ADD(high, ADD(SRL(w, 32), SLL(SRA(LD(from + 24 + 8 * i), 128 - bits), 32)));
      } else {
        w = SRA(w, 64 - bits);
        high = ADD(high, SRA(w, 32));
      }
      low = ADD(low, AND(w, mask));
    }
    V r = ADD(ADD(LD(values + n), SHOUP(low, unit, SET(P->fold[0].quotient))), ADD(SHOUP(high, FACTOR(P->high)), minus));
    r = CSUB(CSUB(r, ADD(p2, p2)), p2);
    ST(values + n, CSUB(r, p1));
  }
}

FN void drop(const lk_ring *ring, u64 *values, const u64 *second, size_t count, const lk_switch *how) {
  const lk_prime *P = &ring->prime[0];
  CONSTANTS(P);
  const V half = SET(how->half), other = SET(ring->prime[1].p);
  for (size_t n = 0; n < count; n += LANES) {
    // (c - r) / p2 with the remainder r of c modulo p2 of least magnitude.
    V b = LD(second + n), x = ADD(SUB(ADD(LD(values + n), p1), b), ABOVE(b, half, other));
    x = SHOUP(x, FACTOR(ring->dropped));
    ST(values + n, CSUB(x, p1));
  }
}

FN void round_low(u64 *values, size_t count, const lk_switch *how) {
  const D factor = DSET(how->scale);
  const V mask = SET(how->mask);
  for (size_t n = 0; n < count; n += LANES)
    ST(values + n, AND(ROUND_UNSIGNED(DMUL(UNSIGNED(LD(values + n)), factor)), mask));
}

FN void round_high(const lk_prime *P, u64 *values, const lk_switch *how) {
  CONSTANTS(P);
  const V half = SET((u64)1 << how->dropped >> 1);
  for (size_t n = 0; n < N; n += LANES) {
    V x = ADD(LD(values + n), half);
    ST(values + n, SRL(CSUB(x, p1), how->dropped));
  }
}

FN void decode(i64 *values, const u64 *low, const u64 *high, size_t count, unsigned bits, double step, double *noise) {
  const D fine = DSET(1.0 / 32), coarse = DSET(step);
  D worst = DSET(0);
  for (size_t n = 0; n < count; n += LANES) {
    D x = DADD(DMUL(UNSIGNED(LD(low + n)), fine), DMUL(UNSIGNED(LD(high + n)), coarse));
    V y = ROUND_SIGNED(x);
    if (noise) worst = DABSMAX(worst, DSUB(x, SIGNED(y)));
    ST(values + n, SRA(SLL(y, 64 - bits), 64 - bits));
  }
  if (noise) {
    double lanes[LANES];
    memcpy(lanes, &worst, sizeof lanes);
    for (size_t i = 0; i < LANES; i++) *noise = lanes[i] > *noise ? lanes[i] : *noise;
    lk_wipe(lanes, sizeof lanes);
  }
}

// ---- Kernels

/// The transform of 64 rows of which only the first R (3, 5 or 8) are not zero, for eight blocks: three levels of copies, then
/// three of butterflies. Residues below p in, below 7 p out.
INLINE void row_levels(V out[8], const V b[8], const lk_prime *P, const size_t group, const size_t R) {
  CONSTANTS(P);
  const lk_factor *w = P->forward;
  V u[2][4], v[2][2];
  for (size_t i = 0; i < 4; i++) {
    if (i >= R) continue;
    u[0][i] = u[1][i] = b[i];
    if (i + 4 >= R) continue;
    V r = SHOUP(b[i + 4], FACTOR(w[8 + group]));
    u[0][i] = ADD(b[i], r), u[1][i] = ADD(SUB(b[i], r), p2);
  }
  for (size_t h = 0; h < 2; h++) {
    for (size_t i = 0; i < 2; i++) {
      v[0][i] = v[1][i] = u[h][i];
      if (i + 2 >= R) continue;
      V r = SHOUP(u[h][i + 2], FACTOR(w[16 + 2 * group + h]));
      v[0][i] = ADD(u[h][i], r), v[1][i] = ADD(SUB(u[h][i], r), p2);
    }
    for (size_t q = 0; q < 2; q++) {
      V r = SHOUP(v[q][1], FACTOR(w[32 + 4 * group + 2 * h + q]));
      out[4 * h + 2 * q] = ADD(v[q][0], r), out[4 * h + 2 * q + 1] = ADD(SUB(v[q][0], r), p2);
    }
  }
}

/// Residues below p where `reduced`, with at most five channels to a polynomial (there are one or three), else below 21 p: a
/// channel's below 7 p, those of seven more below 2 p each.
INLINE void rows_of(const lk_ring *ring, const lk_prime *P, const lk_shape *s, const int16_t *taps, size_t group, u64 *out,
                    const size_t R, const int reduced) {
  CONSTANTS(P);
  // y = x^64 takes the value psi^(64 (2 reversed(k) + 1)) in block k; channel b of a polynomial stands shareRows (share - 1 - b) below.
  lk_factor shift[8][8];
  for (size_t i = 0; i < 8; i++)
    for (size_t b = 0; b < s->share; b++) {
      u64 exponent = 64 * (2 * (u64)lk_reversed((unsigned)(8 * group + i), 6) + 1) * s->shareRows * (s->share - 1 - b);
      shift[i][b] = lk_factor_of(ring, lk_power(P->psi, exponent, P->p), P->p);
    }
  const V p4 = ADD(p2, p2), p8 = ADD(p4, p4);
  for (size_t o = 0; o < s->outputs; o++)
    for (size_t c = 0; c < s->octets; c++) {
      u64 *to = out + lk_row_place(s, o, c);
      const int16_t *from = taps + (o * s->octets + c) * s->share * s->columns * R * 8;
      for (size_t j = 0; j < s->columns; j++)
        for (size_t lane = 0; lane < 8; lane += LANES) {
          V sum[8];
          for (size_t b = 0; b < s->share; b++) {
            V in[8], part[8];
            for (size_t i = 0; i < R; i++) {
              V x = LOAD16(from + ((b * s->columns + j) * R + i) * 8 + lane);
              in[i] = NONNEGATIVE(x, p1);
            }
            row_levels(part, in, P, group, R);
            for (size_t i = 0; i < 8; i++) {
              if (b + 1 < s->share) part[i] = SHOUP(part[i], FACTOR(shift[i][b]));
              sum[i] = b ? ADD(sum[i], part[i]) : part[i];
            }
          }
          for (size_t i = 0; i < 8; i++) {
            V x = sum[i];
            if (reduced) x = CSUB(CSUB(CSUB(CSUB(x, p8), p4), p2), p1);
            ST(to + i * s->stride + 8 * j + lane, x);
          }
        }
    }
}

#define ROWS(name, reduced)                                                                                              \
  FN void name(const lk_ring *ring, const lk_prime *P, const lk_shape *s, const int16_t *taps, size_t group, u64 *out) { \
    switch (s->rows) {                                                                                                   \
      case 3: rows_of(ring, P, s, taps, group, out, 3, reduced); break;                                                  \
      case 5: rows_of(ring, P, s, taps, group, out, 5, reduced); break;                                                  \
      default: rows_of(ring, P, s, taps, group, out, 8, reduced);                                                        \
    }                                                                                                                    \
  }
ROWS(rows, !LAZY)

/// The path's table, with what is not said here.
#define OPERATIONS(keystream, rows, products)                                                                             \
  {                                                                                                                       \
    forward, inverse, keystream, uniform, error, ternary, pack, unpack, encode, reduce, add_product, subtract_product,    \
        scale, rows, products, wide_add, wide_fold, add_scaled, add_plain, flood, add_small, drop, round_low, round_high, \
        decode                                                                                                            \
  }
