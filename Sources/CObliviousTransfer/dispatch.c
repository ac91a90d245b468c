// One entry for each function of the interface: the path's own code, then a clean stack.
#include <stdlib.h>

#include "kernel.h"

int ot_available(ot_path path) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (path == OT_VAES512)
    return __builtin_cpu_supports("vaes") && __builtin_cpu_supports("aes") && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (path == OT_VAES)
    return __builtin_cpu_supports("vaes") && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("aes");
  if (path == OT_AESNI) return __builtin_cpu_supports("aes") && __builtin_cpu_supports("sse4.1");
#endif
  return path == OT_PORTABLE;
}

const ot_operations *ot_operations_of(ot_path path) {
#if defined(__x86_64__)
  if (path == OT_VAES512) return &ot_vaes512_operations;
  if (path == OT_VAES) return &ot_vaes_operations;
  if (path == OT_AESNI) return &ot_aesni_operations;
#endif
  (void)path;
  return &ot_portable_operations;
}

void ot_expand(ot_path path, uint8_t *keys, const uint8_t *seeds, size_t count) {
  const ot_operations *o = ot_operations_of(path);
  for (size_t i = 0; i < count; i++) o->expand(keys + OT_KEY_BYTES * i, seeds + 16 * i);
  ot_wipe_stack();
}

static void put_counters(uint8_t *out, uint64_t counter) {
  memset(out, 0, 512);
  for (uint64_t i = 0; i < 32; i++) {
    uint64_t value = counter + i;
    memcpy(out + 16 * i, &value, 8);
  }
}

void ot_keystream(ot_path path, uint8_t *out, const uint8_t *key, uint64_t counter, size_t chunks) {
  const ot_operations *o = ot_operations_of(path);
  for (size_t i = 0; i < chunks; i++) {
    put_counters(out + 512 * i, counter + 32 * i);
    o->encrypt(out + 512 * i, key);
  }
  ot_wipe_stack();
}

void ot_encrypt(ot_path path, uint8_t *blocks, const uint8_t *key, size_t chunks) {
  const ot_operations *o = ot_operations_of(path);
  for (size_t i = 0; i < chunks; i++) o->encrypt(blocks + 512 * i, key);
  ot_wipe_stack();
}

// ---- Seed trees

static void children(const ot_operations *o, uint8_t pair[32], const uint8_t *node) {
  uint8_t key[OT_KEY_BYTES], blocks[512];
  o->expand(key, node);
  put_counters(blocks, 0);
  o->encrypt(blocks, key);
  memcpy(pair, blocks, 32);
}

static void add(uint8_t *to, const uint8_t *other) {
  for (int i = 0; i < 16; i++) to[i] ^= other[i];
}

void ot_tree_expand(ot_path path, unsigned depth, uint8_t *nodes, uint8_t *sums) {
  const ot_operations *o = ot_operations_of(path);
  uint8_t pair[32];
  memset(sums, 0, 32 * depth);
  for (unsigned level = 0; level < depth; level++)
    for (size_t i = (size_t)1 << level; i-- > 0;) {
      children(o, pair, nodes + 16 * i);
      add(sums + 32 * level, pair), add(sums + 32 * level + 16, pair + 16);
      memcpy(nodes + 32 * i, pair, 32);
    }
  ot_wipe_stack();
}

void ot_tree_complete(ot_path path, unsigned depth, uint8_t *nodes, unsigned hole, const uint8_t *opened) {
  const ot_operations *o = ot_operations_of(path);
  memset(nodes, 0, 16);
  for (unsigned level = 0; level < depth; level++) {
    // Positions are taken relative to the hole, so that it stays at 0; a set bit of it exchanges the children.
    const uint8_t swap = (uint8_t)(0 - (hole >> (depth - 1 - level) & 1));
    uint8_t sum[16], pair[32];
    memcpy(sum, opened + 16 * level, 16);
    for (size_t i = (size_t)1 << level; i-- > 1;) {
      children(o, pair, nodes + 16 * i);
      for (int j = 0; j < 16; j++) {
        uint8_t t = swap & (pair[j] ^ pair[16 + j]);
        pair[j] ^= t, pair[16 + j] ^= t;
      }
      memcpy(nodes + 32 * i, pair, 32);
      add(sum, pair + 16);
    }
    memcpy(nodes + 16, sum, 16);
    memset(nodes, 0, 16);
  }
  ot_wipe_stack();
}

// ---- Transfers

enum { SCRATCH_WORDS = OT_COORDINATES * (8 + 2) * OT_CHUNK_BLOCKS * OT_PLANE_WORDS };

/// Words from the pads of one block to those of the next.
static size_t pad_step(ot_shape shape) { return shape.outputs ? OT_PLANE_WORDS : OT_BLOCK; }
static size_t chunk(size_t left) { return left < OT_CHUNK_BLOCKS ? left : OT_CHUNK_BLOCKS; }

void ot_receive(ot_path path, ot_shape shape, const uint8_t *keys, uint64_t counter, uint64_t nonce, size_t blocks,
                size_t stride, uint64_t *choices, uint64_t *pads, uint8_t *corrections) {
  const ot_operations *o = ot_operations_of(path);
  uint64_t *scratch = ot_secret_allocate(SCRATCH_WORDS);
  for (size_t block = 0; block < blocks; block += OT_CHUNK_BLOCKS)
    o->receive(shape, keys, counter + 4 * block, nonce, chunk(blocks - block), stride, choices + OT_PLANE_WORDS * block,
               pads + pad_step(shape) * block, corrections + 64 * block, scratch);
  ot_secret_release(scratch, SCRATCH_WORDS);
  ot_wipe_stack();
}

void ot_send(ot_path path, ot_shape shape, const uint8_t *keys, const uint8_t *delta, uint64_t counter, uint64_t nonce,
             size_t blocks, size_t stride, const uint8_t *corrections, uint64_t *pads) {
  const ot_operations *o = ot_operations_of(path);
  uint64_t *scratch = ot_secret_allocate(SCRATCH_WORDS);
  for (size_t block = 0; block < blocks; block += OT_CHUNK_BLOCKS)
    o->send(shape, keys, delta, counter + 4 * block, nonce, chunk(blocks - block), stride, corrections + 64 * block,
            pads + pad_step(shape) * block, scratch);
  ot_secret_release(scratch, SCRATCH_WORDS);
  ot_wipe_stack();
}

// ---- Planes, carries, products

void ot_to_planes(ot_path path, uint64_t *planes, size_t count, size_t stride, const uint64_t *words, size_t blocks) {
  ot_operations_of(path)->to_planes(planes, count, stride, words, blocks);
  ot_wipe_stack();
}

void ot_to_words(ot_path path, uint64_t *words, const uint64_t *planes, size_t count, size_t stride, size_t blocks) {
  ot_operations_of(path)->to_words(words, planes, count, stride, blocks);
  ot_wipe_stack();
}

void ot_carry_answer(ot_path path, unsigned bits, const uint64_t *digit, const uint64_t *carry,
                     const uint8_t *correction, const uint64_t *mask, const uint64_t *pads, size_t padStep,
                     uint8_t *message, size_t stride, size_t blocks) {
  ot_operations_of(path)->carry_answer(bits, digit, carry, correction, mask, pads, padStep, message, stride, blocks);
  ot_wipe_stack();
}

void ot_carry_open(ot_path path, unsigned index, const uint64_t *choices, const uint64_t *pad, const uint8_t *message,
                   uint64_t *opened, size_t stride, size_t blocks) {
  ot_operations_of(path)->carry_open(index, choices, pad, message, opened, stride, blocks);
  ot_wipe_stack();
}

void ot_couple_answer(ot_path path, unsigned width, const uint64_t *numbers, const uint64_t *pads,
                      const uint8_t *correction, uint8_t *message, uint64_t *shares, size_t stride, size_t blocks) {
  ot_operations_of(path)->couple_answer(width, numbers, pads, correction, message, shares, stride, blocks);
  ot_wipe_stack();
}

void ot_couple_open(ot_path path, unsigned width, const uint64_t *bits, const uint64_t *pads, const uint8_t *message,
                    uint64_t *shares, size_t stride, size_t blocks) {
  ot_operations_of(path)->couple_open(width, bits, pads, message, shares, stride, blocks);
  ot_wipe_stack();
}
