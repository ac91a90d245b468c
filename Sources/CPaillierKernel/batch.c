// Batches on top of a path's four group operations. Written once for all paths.
#include <stdlib.h>

#include "kernel.h"

static void prefetch(const uint64_t *entry, size_t words) {
  for (size_t word = 0; word < words; word += 8) __builtin_prefetch(entry + word);
}

void pk_products(const uint64_t *context, uint64_t *arena, const pk_triple *triples, size_t count) {
  const pk_modulus *m = pk_view(context);
  const pk_operations *f = pk_operations_of(m);
  size_t group = PK_LANES * m->entry;
  uint64_t *x = pk_scratch(2 * group), *y = x + group;
  for (size_t i = 0; i < count; i += PK_LANES) {
    int lanes = count - i < PK_LANES ? (int)(count - i) : PK_LANES;
    const uint64_t *left[PK_LANES], *right[PK_LANES];
    uint64_t *to[PK_LANES];
    for (int lane = 0; lane < lanes; lane++) {
      const pk_triple *t = triples + i + lane;
      left[lane] = arena + t->left * m->entry, right[lane] = arena + t->right * m->entry;
      to[lane] = arena + t->to * m->entry;
    }
    f->load(m, x, left, lanes);
    f->load(m, y, right, lanes);
    f->multiply(m, x, x, y, lanes);
    f->store(m, to, x, lanes);
  }
  pk_scratch_free(x, 2 * group);
}

void pk_accumulate(const uint64_t *context, uint64_t *groups, const uint64_t *arena, const pk_job *jobs, size_t count) {
  const pk_modulus *m = pk_view(context);
  const pk_operations *f = pk_operations_of(m);
  size_t size = PK_LANES * m->entry;
  uint64_t *y = pk_scratch(size);
  for (size_t i = 0; i < count; i++) {
    const uint64_t *entries[PK_LANES];
    for (int lane = 0; lane < PK_LANES; lane++) {
      entries[lane] = arena + jobs[i].entry[lane] * m->entry;
      if (i + 1 < count) prefetch(arena + jobs[i + 1].entry[lane] * m->entry, m->entry);
    }
    uint64_t *accumulator = groups + jobs[i].group * size;
    if (jobs[i].first) {
      f->load(m, accumulator, entries, PK_LANES);
    } else {
      f->load(m, y, entries, PK_LANES);
      f->multiply(m, accumulator, accumulator, y, PK_LANES);
    }
  }
  pk_scratch_free(y, size);
}

void pk_square_multiply(const uint64_t *context, uint64_t *groups, const uint32_t *to, const uint32_t *by, size_t count,
                        size_t squarings) {
  const pk_modulus *m = pk_view(context);
  const pk_operations *f = pk_operations_of(m);
  size_t size = PK_LANES * m->entry;
  for (size_t i = 0; i < count; i++) {
    uint64_t *accumulator = groups + to[i] * size;
    for (size_t s = 0; s < squarings; s++) f->square(m, accumulator, accumulator, PK_LANES);
    f->multiply(m, accumulator, accumulator, groups + by[i] * size, PK_LANES);
  }
}

void pk_multiply_groups(const uint64_t *context, uint64_t *groups, const uint64_t *others, size_t count) {
  const pk_modulus *m = pk_view(context);
  const pk_operations *f = pk_operations_of(m);
  size_t size = PK_LANES * m->entry;
  for (size_t i = 0; i < count; i++) f->multiply(m, groups + i * size, groups + i * size, others + i * size, PK_LANES);
}

void pk_unpack(const uint64_t *context, uint64_t *arena, const uint32_t *entries, const uint64_t *groups, size_t groupCount) {
  const pk_modulus *m = pk_view(context);
  const pk_operations *f = pk_operations_of(m);
  uint64_t *spare = pk_scratch(m->entry);
  for (size_t i = 0; i < groupCount; i++) {
    uint64_t *to[PK_LANES];
    for (int lane = 0; lane < PK_LANES; lane++) {
      uint32_t entry = entries[i * PK_LANES + lane];
      to[lane] = entry == UINT32_MAX ? spare : arena + entry * m->entry;
    }
    f->store(m, to, groups + i * PK_LANES * m->entry, PK_LANES);
  }
  pk_scratch_free(spare, m->entry);
}

void pk_pack(const uint64_t *context, uint64_t *groups, const uint64_t *arena, const uint32_t *entries, size_t groupCount) {
  const pk_modulus *m = pk_view(context);
  const pk_operations *f = pk_operations_of(m);
  for (size_t i = 0; i < groupCount; i++) {
    const uint64_t *from[PK_LANES];
    for (int lane = 0; lane < PK_LANES; lane++) {
      uint32_t entry = entries[i * PK_LANES + lane];
      from[lane] = entry == UINT32_MAX ? m->data + m->one : arena + entry * m->entry;
    }
    f->load(m, groups + i * PK_LANES * m->entry, from, PK_LANES);
  }
}

// Sixteen groups of a 1024-bit modulus stay in the first-level cache; thirty-two do not, and every read touches all of them.
static size_t power_window(size_t bits) { return bits >= 24 ? 4 : bits >= 8 ? 2 : 1; }

/// table[v] = base^v for one group of bases, in group form.
static void power_table(const pk_modulus *m, const pk_operations *f, uint64_t *table, size_t window, int lanes,
                        const uint64_t *const base[PK_LANES]) {
  size_t size = PK_LANES * m->entry;
  const uint64_t *one[PK_LANES];
  for (int lane = 0; lane < PK_LANES; lane++) one[lane] = m->data + m->one;
  f->load(m, table, one, PK_LANES);
  f->load(m, table + size, base, lanes);
  for (size_t v = 2; v < (size_t)1 << window; v++) {
    if (v % 2) f->multiply(m, table + v * size, table + (v - 1) * size, table + size, lanes);
    else f->square(m, table + v * size, table + v / 2 * size, lanes);
  }
}

/// out[i] = base[i]^exponent: one exponent for all, read by masks, or, if `each`, one of their own, read by address.
static inline __attribute__((always_inline)) void powers(const uint64_t *context, uint64_t *out, const uint64_t *base, size_t count,
                                                         const uint64_t *exponents, size_t bits, const int each) {
  const pk_modulus *m = pk_view(context);
  const pk_operations *f = pk_operations_of(m);
  size_t window = power_window(bits), digits = (bits + window - 1) / window, size = PK_LANES * m->entry;
  size_t words = (bits + 63) / 64, tableWords = size << window, total = (each ? 2 : 1) * tableWords + 2 * size;
  // For exponents of their own a table in entry form, too (entry v of lane l at v * 8 + l), so that every lane reads its own digit.
  uint64_t *table = pk_scratch(total), *r = table + tableWords, *chosen = r + size, *own = chosen + size;
  for (size_t i = 0; i < count; i += PK_LANES) {
    int lanes = count - i < PK_LANES ? (int)(count - i) : PK_LANES;
    const uint64_t *from[PK_LANES];
    uint64_t *to[PK_LANES];
    for (int lane = 0; lane < lanes; lane++) from[lane] = base + (i + lane) * m->entry;
    power_table(m, f, table, window, lanes, from);
    for (size_t v = 0; each && v < (size_t)1 << window; v++) {
      for (int lane = 0; lane < PK_LANES; lane++) to[lane] = own + (v * PK_LANES + lane) * m->entry;
      f->store(m, to, table + v * size, PK_LANES);
    }
    memcpy(r, table, 8 * size);
    for (size_t d = digits; d-- > 0;) {
      for (size_t s = 0; s < window && d + 1 < digits; s++) f->square(m, r, r, lanes);
      if (each) {
        for (int lane = 0; lane < lanes; lane++)
          from[lane] = own + (pk_digit(exponents + (i + lane) * words, words, d, window) * PK_LANES + lane) * m->entry;
        f->load(m, chosen, from, lanes);
      } else {
        f->select(m, chosen, table, (size_t)1 << window, pk_digit(exponents, words, d, window));
      }
      f->multiply(m, r, r, chosen, lanes);
    }
    for (int lane = 0; lane < lanes; lane++) to[lane] = out + (i + lane) * m->entry;
    f->store(m, to, r, lanes);
  }
  pk_scratch_free(table, total);
}

PK_SECRET(pk_power,
          (const uint64_t *context, uint64_t *out, const uint64_t *base, size_t count, const uint64_t *exponent, size_t bits),
          (context, out, base, count, exponent, bits)) {
  powers(context, out, base, count, exponent, bits, 0);
}

PK_SECRET(pk_power_each,
          (const uint64_t *context, uint64_t *out, const uint64_t *base, size_t count, const uint64_t *exponents, size_t bits),
          (context, out, base, count, exponents, bits)) {
  powers(context, out, base, count, exponents, bits, 1);
}

size_t pk_comb_entries(size_t window, size_t bits) { return ((bits + window - 1) / window) << window; }

void pk_comb_init(const uint64_t *context, uint64_t *comb, const uint64_t *base, size_t window, size_t bits) {
  const pk_modulus *m = pk_view(context);
  const pk_operations *f = pk_operations_of(m);
  size_t digits = (bits + window - 1) / window, width = (size_t)1 << window, size = PK_LANES * m->entry;
  uint64_t *r = pk_scratch(size);
  const uint64_t *from[PK_LANES] = {base};
  f->load(m, r, from, 1);
  for (size_t d = 0; d < digits; d++) {
    uint64_t *row = comb + d * width * m->entry, *to[PK_LANES] = {row + m->entry};
    memcpy(row, m->data + m->one, 8 * m->entry);
    f->store(m, to, r, 1);
    for (size_t s = 0; s < window && d + 1 < digits; s++) f->square(m, r, r, 1);
  }
  pk_scratch_free(r, size);
  // Row by row of doublings: entry 2^i + v = entry 2^i * entry v; all digits at once, so that lanes are full.
  pk_triple *triples = malloc(digits * width * sizeof *triples);
  if (!triples) abort();
  for (size_t bit = 1; bit < window; bit++) {
    size_t half = (size_t)1 << bit, count = 0;
    for (size_t d = 0; d < digits; d++) {
      // 2^bit itself first: the square of 2^(bit-1).
      triples[count++] = (pk_triple){d * width + half, d * width + half / 2, d * width + half / 2};
    }
    pk_products(context, comb, triples, count);
    count = 0;
    for (size_t d = 0; d < digits; d++)
      for (size_t v = 1; v < half; v++)
        triples[count++] = (pk_triple){d * width + half + v, d * width + half, d * width + v};
    pk_products(context, comb, triples, count);
  }
  free(triples);
}

PK_SECRET(pk_comb_power,
          (const uint64_t *context, uint64_t *out, const uint64_t *comb, size_t window, const uint64_t *exponents, size_t bits,
           size_t count),
          (context, out, comb, window, exponents, bits, count)) {
  const pk_modulus *m = pk_view(context);
  const pk_operations *f = pk_operations_of(m);
  size_t digits = (bits + window - 1) / window, words = (bits + 63) / 64, size = PK_LANES * m->entry;
  uint64_t *r = pk_scratch(2 * size), *y = r + size;
  for (size_t i = 0; i < count; i += PK_LANES) {
    int lanes = count - i < PK_LANES ? (int)(count - i) : PK_LANES;
    const uint64_t *from[PK_LANES], *next[PK_LANES];
    uint64_t *to[PK_LANES];
    for (size_t d = 0; d < digits; d++) {
      for (int lane = 0; lane < lanes; lane++) {
        const uint64_t *exponent = exponents + (i + lane) * words;
        from[lane] = comb + ((d << window) + pk_digit(exponent, words, d, window)) * m->entry;
        if (d + 1 < digits) {
          next[lane] = comb + (((d + 1) << window) + pk_digit(exponent, words, d + 1, window)) * m->entry;
          prefetch(next[lane], m->entry);
        }
      }
      f->load(m, d ? y : r, from, lanes);
      if (d) f->multiply(m, r, r, y, lanes);
    }
    for (int lane = 0; lane < lanes; lane++) to[lane] = out + (i + lane) * m->entry;
    f->store(m, to, r, lanes);
  }
  pk_scratch_free(r, 2 * size);
}
