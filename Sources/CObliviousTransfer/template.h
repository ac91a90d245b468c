// The code of every path, compiled once for each: included by vaes512.c, vaes.c, aesni.c and portable.c, which define before it
//   vec            a vector the path's AES works on, of at most 64 bytes
//   aes(x, key)    AES-128 of eight vectors side by side, in place
//   expand_key     seed to expanded key
// Planes are 64-byte vectors of the compiler's own; it lowers them to what the path's instructions offer.

typedef uint64_t plane __attribute__((vector_size(64)));

enum {
  CHUNK = OT_CHUNK_BLOCKS,
  PASSES = 64 / sizeof(vec),                     // calls of `aes` for one chunk of one key
  COORDINATE_PLANES = 8 * CHUNK,                 // of one coordinate in one chunk
};

INLINE plane load(const void *from) {
  plane x;
  memcpy(&x, from, 64);
  return x;
}
INLINE void store(void *to, plane x) { memcpy(to, &x, 64); }
INLINE plane all(uint64_t word) { return (plane){word, word, word, word, word, word, word, word}; }
/// The words of a plane's bit `row`, 0 or 1.
INLINE plane bits(plane x, unsigned row) { return (x >> row) & 1; }

/// 64x64 transpose in each of eight lanes: bit b of row r and bit r of row b change places.
INLINE void transpose(plane m[64]) {
  static const uint64_t masks[6] = {0x00000000FFFFFFFF, 0x0000FFFF0000FFFF, 0x00FF00FF00FF00FF,
                                    0x0F0F0F0F0F0F0F0F, 0x3333333333333333, 0x5555555555555555};
  unsigned distance = 32;
  for (int stage = 0; stage < 6; stage++, distance >>= 1)
    for (unsigned row = 0; row < 64; row = (row + distance + 1) & ~distance) {
      plane t = ((m[row] >> distance) ^ m[row + distance]) & masks[stage];
      m[row + distance] ^= t;
      m[row] ^= t << distance;
    }
}

static void NAME(to_planes)(uint64_t *planes, size_t count, size_t stride, const uint64_t *words, size_t blocks) {
  plane rows[64];
  for (size_t block = 0; block < blocks; block++) {
    for (int r = 0; r < 64; r++) rows[r] = load(words + block * OT_BLOCK + 8 * r);
    transpose(rows);
    for (size_t p = 0; p < count; p++) store(planes + 8 * (p * stride + block), rows[p]);
  }
}

static void NAME(to_words)(uint64_t *words, const uint64_t *planes, size_t count, size_t stride, size_t blocks) {
  plane rows[64];
  for (size_t block = 0; block < blocks; block++) {
    for (size_t p = 0; p < 64; p++) rows[p] = p < count ? load(planes + 8 * (p * stride + block)) : all(0);
    transpose(rows);
    for (int r = 0; r < 64; r++) store(words + block * OT_BLOCK + 8 * r, rows[r]);
  }
}

// ---- Streams

INLINE void counters(vec x[8], uint64_t counter) {
  enum { BLOCKS = sizeof(vec) / 16 };
  uint64_t words[8 * BLOCKS][2];
  for (int i = 0; i < 8 * BLOCKS; i++) words[i][0] = counter + (uint64_t)i, words[i][1] = 0;
  memcpy(x, words, sizeof words);
}

/// Folds the 2^field streams r_y of a chunk: v[b] = sum of r_y over y with bit b, u = sum of all. One pass down a binary tree
/// whose inner nodes are the sums of the leaves below them.
INLINE void fold(const unsigned field, const uint8_t *keys, uint64_t counter, uint8_t *v, uint8_t *u) {
  enum { PART = 8 * sizeof(vec) };
  for (int pass = 0; pass < (int)PASSES; pass++) {
    vec stack[8][8], sums[8][8], start[8];
    memset(sums, 0, field * PART);
    counters(start, counter + (uint64_t)pass * (PART / 16));
    for (unsigned y = 0; y < 1u << (field - 1); y++) {
      vec a[8], b[8];
      for (int i = 0; i < 8; i++) a[i] = b[i] = start[i];
      aes(a, keys + (2 * y) * OT_KEY_BYTES);
      aes(b, keys + (2 * y + 1) * OT_KEY_BYTES);
      for (int i = 0; i < 8; i++) sums[0][i] ^= b[i], a[i] ^= b[i];
      unsigned level = 1;
      for (unsigned t = y; t & 1; t >>= 1, level++)
        for (int i = 0; i < 8; i++) sums[level][i] ^= a[i], a[i] ^= stack[level][i];
      if (level < field)
        memcpy(stack[level], a, PART);
      else
        memcpy(u + pass * PART, a, PART);
    }
    for (unsigned b = 0; b < field; b++) memcpy(v + b * 64 * CHUNK + pass * PART, sums[b], PART);
  }
}

static void NAME(leaves)(unsigned field, const uint8_t *keys, uint64_t counter, uint64_t *v, uint64_t *u) {
  if (field == 8)
    fold(8, keys, counter, (uint8_t *)v, (uint8_t *)u);
  else
    fold(4, keys, counter, (uint8_t *)v, (uint8_t *)u);
}

// ---- Transfers

/// The 128 planes that the pads are hashed from, transposed to 512 rows of 128 bits: low halves first.
/// - w: planes of all coordinates of a chunk, [coordinate][bit][block], from the wanted block on.
INLINE void compress(plane rows[128], const uint64_t *w, unsigned index) {
  int n = 0;
  if (index == 1) {
    for (int c = 0; c < OT_COORDINATES; c++) {
      if (!ot_is_used(c, 1)) continue;
      for (int b = 0; b < 8; b++) rows[8 * n + b] = load(w + 8 * (c * COORDINATE_PLANES + b * CHUNK));
      n++;
    }
  } else {
    for (int r = 0; r < 16; r++) {
      plane sum[8];
      for (int b = 0; b < 8; b++) sum[b] = all(0);
      for (int c = 0; c < OT_COORDINATES; c++) {
        if (!(ot_rows[r] >> c & 1) || !ot_is_used(c, index)) continue;
        for (int b = 0; b < 8; b++) sum[b] ^= load(w + 8 * (c * COORDINATE_PLANES + b * CHUNK));
      }
      for (int b = 0; b < 8; b++) rows[8 * r + b] = sum[b];
    }
  }
  transpose(rows);
  transpose(rows + 64);
}

/// pads = H(rows ^ offset) for one block, H(x) = AES_K(x) ^ x; its low one or two bits in planes, or 64 bits in words.
INLINE void hash(const plane rows[128], const uint8_t *key, const uint8_t *offset, unsigned outputs, uint64_t *pads,
                 size_t stride) {
  uint64_t half[2];
  memcpy(half, offset, 16);
  const plane delta = {half[0], half[1], half[0], half[1], half[0], half[1], half[0], half[1]};
  plane first = all(0), second = all(0);
  for (int r = 0; r < 64; r += 4) {
    plane x[8];
    vec y[8 * PASSES];
    for (int i = 0; i < 4; i++) {
      plane low = rows[r + i], high = rows[64 + r + i];
      x[2 * i] = __builtin_shufflevector(low, high, 0, 8, 2, 10, 4, 12, 6, 14) ^ delta;
      x[2 * i + 1] = __builtin_shufflevector(low, high, 1, 9, 3, 11, 5, 13, 7, 15) ^ delta;
    }
    memcpy(y, x, sizeof x);
    for (int pass = 0; pass < (int)PASSES; pass++) aes(y + 8 * pass, key);
    for (int i = 0; i < 4; i++) {
      plane even = load((uint8_t *)y + 128 * i) ^ x[2 * i], odd = load((uint8_t *)y + 128 * i + 64) ^ x[2 * i + 1];
      plane w = __builtin_shufflevector(even, odd, 0, 8, 2, 10, 4, 12, 6, 14);
      if (outputs == 0) store(pads + 8 * (r + i), w);
      if (outputs > 0) first = (first >> 1) | (w << 63);
      if (outputs > 1) second = (second >> 1) | ((w >> 1) << 63);
    }
  }
  if (outputs > 0) store(pads, first);
  if (outputs > 1) store(pads + 8 * stride, second);
}

INLINE void hash_key(uint8_t *key, uint64_t nonce, uint64_t block) {
  uint8_t seed[16];
  memcpy(seed, &block, 8), memcpy(seed + 8, &nonce, 8);
  expand_key(key, seed);
}

/// Where the pads of a block start, and how far those of the next choice are.
INLINE uint64_t *pads_at(ot_shape s, uint64_t *pads, size_t choice, size_t block, size_t stride) {
  return s.outputs ? pads + 8 * (choice * s.outputs * stride + block) : pads + OT_BLOCK * (choice * stride + block);
}

static void NAME(receive)(ot_shape s, const uint8_t *keys, uint64_t counter, uint64_t nonce, size_t blocks,
                          size_t stride, uint64_t *choices, uint64_t *pads, uint8_t *corrections, uint64_t *scratch) {
  const unsigned parts = 8 / s.field;
  const size_t treeBytes = ((size_t)1 << s.field) * OT_KEY_BYTES;
  uint64_t *v = scratch, *u = scratch + 8 * OT_COORDINATES * COORDINATE_PLANES;  // u: [coordinate][part][block]
  for (int c = 0; c < OT_COORDINATES; c++) {
    if (!ot_is_used(c, s.index)) continue;
    for (unsigned part = 0; part < parts; part++)
      NAME(leaves)(s.field, keys + ((size_t)c * parts + part) * treeBytes, counter,
                   v + 8 * (c * COORDINATE_PLANES + s.field * part * CHUNK), u + 8 * CHUNK * (2 * c + part));
  }
  size_t n = 0;
  for (int c = 0; c < OT_COORDINATES; c++) {
    if (!ot_is_used(c, s.index)) continue;
    for (unsigned part = 0; part < parts; part++) {
      if (part == 0 && c < (int)s.index) continue;  // a unit vector's bit is the choice itself
      for (size_t block = 0; block < blocks; block++) {
        plane x = load(u + 8 * (CHUNK * (2 * c + part) + block));
        for (unsigned e = 0; e < s.index; e++)
          if (ot_coordinates[c] >> e & 1) x ^= load(u + 8 * (CHUNK * 2 * e + block));
        store(corrections + 64 * (n * stride + block), x);
      }
      n++;
    }
  }
  static const uint8_t zero[16];
  plane rows[128];
  uint8_t key[OT_KEY_BYTES] __attribute__((aligned(16)));
  for (size_t block = 0; block < blocks; block++) {
    for (unsigned e = 0; e < s.index; e++)
      store(choices + 8 * (e * stride + block), load(u + 8 * (CHUNK * 2 * e + block)));
    compress(rows, v + 8 * block, s.index);
    hash_key(key, nonce, counter / 4 + block);
    hash(rows, key, zero, s.outputs, pads_at(s, pads, 0, block, stride), stride);
  }
}

/// offsets[x] = the compressed codeword of x times Delta.
INLINE void offsets_of(uint8_t offsets[32][16], const uint8_t *delta, unsigned index) {
  for (unsigned x = 0; x < 1u << index; x++) {
    memset(offsets[x], 0, 16);
    int n = 0;
    for (int c = 0; c < OT_COORDINATES; c++) {
      if (!ot_is_used(c, index)) continue;
      int bit = __builtin_parity(ot_coordinates[c] & x);
      if (index == 1) {
        offsets[x][n++] = bit ? delta[c] : 0;
      } else if (bit) {
        for (int r = 0; r < 16; r++)
          if (ot_rows[r] >> c & 1) offsets[x][r] ^= delta[c];
      }
    }
  }
}

static void NAME(send)(ot_shape s, const uint8_t *keys, const uint8_t *delta, uint64_t counter, uint64_t nonce,
                       size_t blocks, size_t stride, const uint8_t *corrections, uint64_t *pads, uint64_t *scratch) {
  const unsigned parts = 8 / s.field;
  const size_t treeBytes = ((size_t)1 << s.field) * OT_KEY_BYTES;
  uint64_t *w = scratch, *unused = scratch + 8 * OT_COORDINATES * COORDINATE_PLANES;
  size_t n = 0;
  for (int c = 0; c < OT_COORDINATES; c++) {
    if (!ot_is_used(c, s.index)) continue;
    for (unsigned part = 0; part < parts; part++) {
      uint64_t *to = w + 8 * (c * COORDINATE_PLANES + s.field * part * CHUNK);
      NAME(leaves)(s.field, keys + ((size_t)c * parts + part) * treeBytes, counter, to, unused);
      if (part == 0 && c < (int)s.index) continue;
      for (unsigned b = 0; b < s.field; b++) {
        const plane mask = all(0 - (uint64_t)(delta[c] >> (s.field * part + b) & 1));
        for (size_t block = 0; block < blocks; block++) {
          uint64_t *at = to + 8 * (b * CHUNK + block);
          store(at, load(at) ^ (load(corrections + 64 * (n * stride + block)) & mask));
        }
      }
      n++;
    }
  }
  plane rows[128];
  uint8_t key[OT_KEY_BYTES] __attribute__((aligned(16))), offsets[32][16];
  offsets_of(offsets, delta, s.index);
  for (size_t block = 0; block < blocks; block++) {
    compress(rows, w + 8 * block, s.index);
    hash_key(key, nonce, counter / 4 + block);
    for (unsigned x = 0; x < 1u << s.index; x++)
      hash(rows, key, offsets[x], s.outputs, pads_at(s, pads, x, block, stride), stride);
  }
}

// ---- Carries

/// The receiver's table, before pads: f[d'] or f[d' + 2^m k'] = [d + d' + (k ^ k') >= 2^m].
INLINE void carry_table(plane *f, const plane *d, unsigned m, const plane *carry) {
  const unsigned n = 1u << m;
  plane atLeast[33];  // [d >= v]
  atLeast[0] = ~all(0), atLeast[n] = all(0);
  for (unsigned v = 1; v < n; v++) {
    plane g = ~all(0);
    for (unsigned i = 0; i < m; i++) g = v >> i & 1 ? d[i] & g : d[i] | g;
    atLeast[v] = g;
  }
  for (unsigned b = 0; b < n; b++) {
    plane low = atLeast[n - b];
    if (!carry) {
      f[b] = low;
      continue;
    }
    plane high = atLeast[n - 1 - b], swap = *carry & (low ^ high);
    f[b] = low ^ swap, f[n + b] = high ^ swap;
  }
}

INLINE void swap_if(plane condition, plane *a, plane *b) {
  plane t = condition & (*a ^ *b);
  *a ^= t, *b ^= t;
}

static void NAME(carry_answer)(unsigned m, const uint64_t *digit, const uint64_t *carry, const uint8_t *correction,
                               const uint64_t *mask, const uint64_t *pads, size_t padStep, uint8_t *message,
                               size_t stride, size_t blocks) {
  const unsigned count = 1u << (m + (carry ? 1 : 0));
  plane d[5], f[32], k;
  for (size_t block = 0; block < blocks; block++) {
    for (unsigned i = 0; i < m; i++) d[i] = load(digit + 8 * (i * stride + block));
    if (carry) k = load(carry + 8 * block);
    carry_table(f, d, m, carry ? &k : NULL);
    for (unsigned i = 0; i < m; i++) {
      plane e = load(correction + 64 * (i * stride + block));
      for (unsigned j = 0; j < count; j++)
        if (!(j >> i & 1)) swap_if(e, &f[j], &f[j | 1u << i]);
    }
    plane r = load(mask + 8 * block);
    for (unsigned j = 0; j < count; j++)
      store(message + 64 * (j * stride + block), f[j] ^ r ^ load(pads + 8 * (j * padStep + block)));
  }
}

static void NAME(carry_open)(unsigned index, const uint64_t *choices, const uint64_t *pad, const uint8_t *message,
                             uint64_t *opened, size_t stride, size_t blocks) {
  plane t[32];
  for (size_t block = 0; block < blocks; block++) {
    for (unsigned j = 0; j < 1u << index; j++) t[j] = load(message + 64 * (j * stride + block));
    for (unsigned i = 0; i < index; i++) {
      plane c = load(choices + 8 * (i * stride + block));
      for (unsigned j = 0; j < 1u << (index - i - 1); j++) t[j] = t[2 * j] ^ (c & (t[2 * j] ^ t[2 * j + 1]));
    }
    store(opened + 8 * block, t[0] ^ load(pad + 8 * block));
  }
}

// ---- Products of a bit and a number

static void NAME(couple_answer)(unsigned width, const uint64_t *numbers, const uint64_t *pads,
                                const uint8_t *correction, uint8_t *message, uint64_t *shares, size_t stride,
                                size_t blocks) {
  plane rows[64];
  for (size_t block = 0; block < blocks; block++) {
    plane e = load(correction + 64 * block);
    for (unsigned r = 0; r < 64; r++) {
      size_t at = block * OT_BLOCK + 8 * r;
      plane x0 = load(pads + at), x1 = load(pads + OT_BLOCK * stride + at);
      swap_if(0 - bits(e, r), &x0, &x1);
      rows[r] = x0 - x1 + load(numbers + at);
      store(shares + at, 0 - x0);
    }
    transpose(rows);
    for (unsigned p = 0; p < width; p++) store(message + 64 * (p * stride + block), rows[p]);
  }
}

static void NAME(couple_open)(unsigned width, const uint64_t *selectors, const uint64_t *pads, const uint8_t *message,
                              uint64_t *shares, size_t stride, size_t blocks) {
  plane rows[64];
  for (size_t block = 0; block < blocks; block++) {
    for (unsigned p = 0; p < 64; p++) rows[p] = p < width ? load(message + 64 * (p * stride + block)) : all(0);
    transpose(rows);
    plane s = load(selectors + 8 * block);
    for (unsigned r = 0; r < 64; r++) {
      size_t at = block * OT_BLOCK + 8 * r;
      store(shares + at, load(pads + at) + ((0 - bits(s, r)) & rows[r]));
    }
  }
}

static void NAME(encrypt)(uint8_t *blocks, const uint8_t *key) {
  vec x[8 * PASSES];
  memcpy(x, blocks, sizeof x);
  for (int pass = 0; pass < (int)PASSES; pass++) aes(x + 8 * pass, key);
  memcpy(blocks, x, sizeof x);
}

static void NAME(expand)(uint8_t *key, const uint8_t *seed) { expand_key(key, seed); }

#define OPERATIONS                                                                                                \
  {                                                                                                               \
    NAME(expand), NAME(encrypt), NAME(receive), NAME(send), NAME(leaves), NAME(to_planes), NAME(to_words),        \
        NAME(carry_answer), NAME(carry_open), NAME(couple_answer), NAME(couple_open)                              \
  }
