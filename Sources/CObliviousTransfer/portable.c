// Any processor: AES-128 bit-sliced over 32 blocks, without tables and without secret addresses.
//
// Bit t of every byte lies in vector t; a byte of a vector holds that bit of eight blocks, and its place is the byte's place in the
// AES state (four times 16 in a vector). S-box: Boyar and Peralta 2010 ("A new combinational logic minimization technique with
// applications to cryptology", 32 + 83 gates).
#include "kernel.h"

typedef uint64_t vec __attribute__((vector_size(64)));
typedef uint32_t columns __attribute__((vector_size(64)));
typedef uint8_t octets __attribute__((vector_size(64)));

/// Exchanges the bits of `low` at `mask << shift` with those of `high` at `mask`.
INLINE void exchange(vec *low, vec *high, int shift, uint64_t mask) {
  vec t = ((*low >> shift) ^ *high) & mask;
  *high ^= t, *low ^= t << shift;
}

/// Eight vectors of four blocks to eight vectors of one bit each, and back: its own inverse.
INLINE void slice(vec x[8]) {
  for (int i = 0; i < 8; i += 2) exchange(&x[i], &x[i + 1], 1, 0x5555555555555555);
  for (int i = 0; i < 8; i += i & 1 ? 3 : 1) exchange(&x[i], &x[i + 2], 2, 0x3333333333333333);
  for (int i = 0; i < 4; i++) exchange(&x[i], &x[i + 4], 4, 0x0F0F0F0F0F0F0F0F);
}

INLINE void substitute(vec q[8]) {
  vec x0 = q[7], x1 = q[6], x2 = q[5], x3 = q[4], x4 = q[3], x5 = q[2], x6 = q[1], x7 = q[0];
  // Linear, to the tower field.
  vec y14 = x3 ^ x5, y13 = x0 ^ x6, y9 = x0 ^ x3, y8 = x0 ^ x5, t0 = x1 ^ x2, y1 = t0 ^ x7, y4 = y1 ^ x3;
  vec y12 = y13 ^ y14, y2 = y1 ^ x0, y5 = y1 ^ x6, y3 = y5 ^ y8, t1 = x4 ^ y12, y15 = t1 ^ x5, y20 = t1 ^ x1;
  vec y6 = y15 ^ x7, y10 = y15 ^ t0, y11 = y20 ^ y9, y7 = x7 ^ y11, y17 = y10 ^ y11, y19 = y10 ^ y8, y16 = t0 ^ y11;
  vec y21 = y13 ^ y16, y18 = x0 ^ y16;
  // Inversion.
  vec t2 = y12 & y15, t3 = y3 & y6, t4 = t3 ^ t2, t5 = y4 & x7, t6 = t5 ^ t2, t7 = y13 & y16, t8 = y5 & y1;
  vec t9 = t8 ^ t7, t10 = y2 & y7, t11 = t10 ^ t7, t12 = y9 & y11, t13 = y14 & y17, t14 = t13 ^ t12, t15 = y8 & y10;
  vec t16 = t15 ^ t12, t17 = t4 ^ t14, t18 = t6 ^ t16, t19 = t9 ^ t14, t20 = t11 ^ t16, t21 = t17 ^ y20;
  vec t22 = t18 ^ y19, t23 = t19 ^ y21, t24 = t20 ^ y18, t25 = t21 ^ t22, t26 = t21 & t23, t27 = t24 ^ t26;
  vec t28 = t25 & t27, t29 = t28 ^ t22, t30 = t23 ^ t24, t31 = t22 ^ t26, t32 = t31 & t30, t33 = t32 ^ t24;
  vec t34 = t23 ^ t33, t35 = t27 ^ t33, t36 = t24 & t35, t37 = t36 ^ t34, t38 = t27 ^ t36, t39 = t29 & t38;
  vec t40 = t25 ^ t39, t41 = t40 ^ t37, t42 = t29 ^ t33, t43 = t29 ^ t40, t44 = t33 ^ t37, t45 = t42 ^ t41;
  vec z0 = t44 & y15, z1 = t37 & y6, z2 = t33 & x7, z3 = t43 & y16, z4 = t40 & y1, z5 = t29 & y7, z6 = t42 & y11;
  vec z7 = t45 & y17, z8 = t41 & y10, z9 = t44 & y12, z10 = t37 & y3, z11 = t33 & y4, z12 = t43 & y13;
  vec z13 = t40 & y5, z14 = t29 & y2, z15 = t42 & y9, z16 = t45 & y14, z17 = t41 & y8;
  // Linear, back and affine.
  vec t46 = z15 ^ z16, t47 = z10 ^ z11, t48 = z5 ^ z13, t49 = z9 ^ z10, t50 = z2 ^ z12, t51 = z2 ^ z5, t52 = z7 ^ z8;
  vec t53 = z0 ^ z3, t54 = z6 ^ z7, t55 = z16 ^ z17, t56 = z12 ^ t48, t57 = t50 ^ t53, t58 = z4 ^ t46, t59 = z3 ^ t54;
  vec t60 = t46 ^ t57, t61 = z14 ^ t57, t62 = t52 ^ t58, t63 = t49 ^ t58, t64 = z4 ^ t59, t65 = t61 ^ t62;
  vec t66 = z1 ^ t63, t67 = t64 ^ t65, s3 = t53 ^ t66;
  q[7] = t59 ^ t63;
  q[1] = ~(t56 ^ t62);
  q[0] = ~(t48 ^ t60);
  q[4] = s3;
  q[3] = t51 ^ t66;
  q[2] = t47 ^ t65;
  q[6] = ~(t64 ^ s3);
  q[5] = ~(t55 ^ t67);
}

/// Row r of the state (byte 4 c + r) moves r columns to the left.
INLINE vec shift_rows(vec x) {
  const columns a = (columns)x;
  columns b = __builtin_shufflevector(a, a, 1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12);
  columns c = __builtin_shufflevector(a, a, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
  columns d = __builtin_shufflevector(a, a, 3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14);
  return (vec)((a & 0xff) | (b & 0xff00) | (c & 0xff0000) | (d & 0xff000000));
}

/// Row r gets the row `rows` below it.
INLINE vec rotate_rows(vec x, int rows) {
  columns a = (columns)x;
  return (vec)((a >> (8 * rows)) | (a << (32 - 8 * rows)));
}

/// Each output is 2 a ^ 3 b ^ c ^ d of its column, bit by bit, modulo x^8 + x^4 + x^3 + x + 1.
INLINE void mix_columns(vec q[8]) {
  vec sum[8], twice[8];  // sum: a ^ b
  for (int t = 0; t < 8; t++) sum[t] = q[t] ^ rotate_rows(q[t], 1);
  for (int t = 0; t < 8; t++) {
    twice[t] = t ? sum[t - 1] : sum[7];
    if (t == 1 || t == 3 || t == 4) twice[t] ^= sum[7];
  }
  // a ^ b ^ c ^ d ^ a = b ^ c ^ d
  for (int t = 0; t < 8; t++) q[t] = twice[t] ^ sum[t] ^ rotate_rows(sum[t], 2) ^ q[t];
}

INLINE void add_round_key(vec q[8], const uint8_t *round) {
  octets key;
  for (int i = 0; i < 4; i++) memcpy((uint8_t *)&key + 16 * i, round, 16);
  for (int t = 0; t < 8; t++) q[t] ^= (vec)(0 - ((key >> t) & 1));
}

static __attribute__((noinline)) void aes(vec x[8], const uint8_t *key) {
  slice(x);
  add_round_key(x, key);
  for (int round = 1; round <= 10; round++) {
    substitute(x);
    for (int t = 0; t < 8; t++) x[t] = shift_rows(x[t]);
    if (round < 10) mix_columns(x);
    add_round_key(x, key + 16 * round);
  }
  slice(x);
}

static void expand_key(uint8_t *key, const uint8_t *seed) {
  memcpy(key, seed, 16);
  uint8_t constant = 1;
  for (int round = 1; round <= 10; round++) {
    const uint8_t *last = key + 16 * round - 16;
    uint8_t *next = key + 16 * round;
    vec x[8];
    memset(x, 0, sizeof x);
    for (int i = 0; i < 4; i++) ((uint8_t *)x)[i] = last[12 + (i + 1) % 4];
    slice(x);
    substitute(x);
    slice(x);
    ((uint8_t *)x)[0] ^= constant;
    for (int i = 0; i < 16; i++) next[i] = last[i] ^ (i < 4 ? ((uint8_t *)x)[i] : next[i - 4]);
    constant = (uint8_t)((constant << 1) ^ (0x1b & -(constant >> 7)));
  }
}

#define NAME(function) function##_portable
#include "template.h"

const ot_operations ot_portable_operations = OPERATIONS;
