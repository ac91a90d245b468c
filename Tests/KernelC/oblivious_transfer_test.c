// Every path of the transfer kernel: AES against FIPS-197 and SP 800-38A, the seed trees and streams against their definitions bit
// by bit, transfers, carries and products end to end, and equal bytes on all paths. Buffers have exactly the size the interface
// asks for; meant to run under the sanitizers (Tests/sanitize.sh).
//
//   oblivious_transfer_test [SEED]
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kernel.h"

static const char *const PATHS[] = {"vaes512", "vaes", "aesni", "portable"};
static uint64_t state;
static unsigned long seed;
static size_t passed, failed;

static uint64_t draw(void) {  // SplitMix64
  uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

static void check(int holds, ot_path path, const char *what, unsigned a, unsigned b) {
  if (holds) {
    passed++;
    return;
  }
  failed++;
  printf("FAILED %s (%u, %u), path %s, seed %lu\n", what, a, b, PATHS[path], seed);
}

static void *zeros(size_t bytes) {
  void *block = aligned_alloc(64, (bytes + 63) / 64 * 64 + (bytes ? 0 : 64));
  if (!block) abort();
  memset(block, 0, bytes);
  return block;
}

static void *noise(size_t bytes) {
  uint8_t *block = zeros(bytes);
  for (size_t i = 0; i < bytes; i++) block[i] = (uint8_t)draw();
  return block;
}

static int bit(const uint64_t *planes, size_t plane, size_t stride, size_t instance) {
  size_t block = instance / 512, q = instance % 512;
  return planes[8 * (plane * stride + block) + q % 8] >> (q / 8) & 1;
}

static void hex(uint8_t *out, const char *text) {
  for (size_t i = 0; text[2 * i]; i++) sscanf(text + 2 * i, "%2hhx", &out[i]);
}

// ---- AES

static void known_answers(ot_path path) {
  uint8_t seed16[16], key[OT_KEY_BYTES], blocks[512], expected[16];
  // FIPS-197, appendix B and C.1, appendix A.1 for the last round key; SP 800-38A, F.1.1 and F.5.1.
  static const char *const cases[][3] = {
      {"2b7e151628aed2a6abf7158809cf4f3c", "3243f6a8885a308d313198a2e0370734", "3925841d02dc09fbdc118597196a0b32"},
      {"000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff", "69c4e0d86a7b0430d8cdb78070b4c55a"},
      {"2b7e151628aed2a6abf7158809cf4f3c", "6bc1bee22e409f96e93d7e117393172a", "3ad77bb40d7a3660a89ecaf32466ef97"},
      {"2b7e151628aed2a6abf7158809cf4f3c", "ae2d8a571e03ac9c9eb76fac45af8e51", "f5d3d58503b9699de785895a96fdbaaf"},
      {"2b7e151628aed2a6abf7158809cf4f3c", "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", "ec8cdf7398607cb0f2d21675ea9ea1e4"},
      {"2b7e151628aed2a6abf7158809cf4f3c", "f0f1f2f3f4f5f6f7f8f9fafbfcfdff00", "362b7c3c6773516318a077d7fc5073ae"},
  };
  for (unsigned c = 0; c < sizeof cases / sizeof *cases; c++) {
    hex(seed16, cases[c][0]);
    ot_expand(path, key, seed16, 1);
    for (unsigned place = 0; place < 32; place++) {
      memset(blocks, 0xa5, sizeof blocks);
      hex(blocks + 16 * place, cases[c][1]), hex(expected, cases[c][2]);
      ot_encrypt(path, blocks, key, 1);
      check(!memcmp(blocks + 16 * place, expected, 16), path, "known answer of AES", c, place);
    }
  }
  hex(seed16, "2b7e151628aed2a6abf7158809cf4f3c"), hex(expected, "d014f9a8c9ee2589e13f0cc8b6630ca6");
  ot_expand(path, key, seed16, 1);
  check(!memcmp(key + 160, expected, 16), path, "last round key", 0, 0);
}

static void keystream(ot_path path) {
  uint8_t *key = noise(16), expanded[OT_KEY_BYTES], *stream = zeros(3 * 512), *blocks = zeros(3 * 512);
  uint64_t counter = 0xfffffffffffffff0;  // wraps inside
  ot_expand(path, expanded, key, 1);
  ot_keystream(path, stream, expanded, counter, 3);
  for (uint64_t i = 0; i < 96; i++) {
    uint64_t value = counter + i;
    memcpy(blocks + 16 * i, &value, 8);
  }
  ot_encrypt(path, blocks, expanded, 3);
  check(!memcmp(stream, blocks, 3 * 512), path, "key stream", 0, 0);
  free(key), free(stream), free(blocks);
}

// ---- Seed trees and streams

static void trees(ot_path path) {
  for (unsigned depth = 4; depth <= 8; depth += 4)
    for (unsigned hole = 0; hole < 1u << depth; hole += 1 + draw() % 5) {
      size_t leaves = (size_t)1 << depth;
      uint8_t *all = noise(16 * leaves), *sums = zeros(32 * depth), *some = zeros(16 * leaves),
              *opened = zeros(16 * depth);
      ot_tree_expand(path, depth, all, sums);
      for (unsigned level = 0; level < depth; level++) {
        unsigned away = 1 - (hole >> (depth - 1 - level) & 1);
        memcpy(opened + 16 * level, sums + 32 * level + 16 * away, 16);
      }
      ot_tree_complete(path, depth, some, hole, opened);
      int good = 1;
      for (size_t x = 0; x < leaves; x++) {
        static const uint8_t zero[16];
        good &= !memcmp(some + 16 * (x ^ hole), x == hole ? zero : all + 16 * x, 16);
      }
      check(good, path, "tree without a leaf", depth, hole);
      free(all), free(sums), free(some), free(opened);
    }
}

typedef struct {
  unsigned field;
  uint8_t delta[OT_COORDINATES];
  uint8_t *receiver, *sender;  // expanded keys
} session;

static session deal(ot_path path, unsigned field) {
  unsigned parts = 8 / field;
  size_t seeds = (size_t)1 << field, each = seeds * OT_KEY_BYTES;
  session s = {field, {0}, zeros(OT_COORDINATES * parts * each), zeros(OT_COORDINATES * parts * each)};
  for (unsigned c = 0; c < OT_COORDINATES; c++) {
    s.delta[c] = (uint8_t)draw();
    for (unsigned part = 0; part < parts; part++) {
      unsigned hole = s.delta[c] >> (field * part) & (seeds - 1);
      uint8_t *all = noise(16 * seeds);
      ot_expand(path, s.receiver + (c * parts + part) * each, all, seeds);
      for (unsigned x = 0; x < seeds; x++) {
        static const uint8_t zero[16];
        ot_expand(path, s.sender + (c * parts + part) * each + OT_KEY_BYTES * (x ^ hole),
                  x == hole ? zero : all + 16 * x, 1);
      }
      free(all);
    }
  }
  return s;
}

/// v = sum x r_x, u = sum r_x from the definition; and w = v ^ u Delta.
static void streams(ot_path path) {
  for (unsigned field = 4; field <= 8; field += 4) {
    session s = deal(path, field);
    size_t seeds = (size_t)1 << field, words = 64;
    uint64_t *v = zeros(8 * words * field), *u = zeros(8 * words), *w = zeros(8 * words * field),
             *unused = zeros(8 * words), *expected = zeros(8 * words * (field + 1)), *r = zeros(8 * words);
    uint64_t counter = draw();
    ot_operations_of(path)->leaves(field, s.receiver, counter, v, u);
    ot_operations_of(path)->leaves(field, s.sender, counter, w, unused);
    for (unsigned x = 0; x < seeds; x++) {
      ot_keystream(path, (uint8_t *)r, s.receiver + OT_KEY_BYTES * x, counter, 1);
      for (size_t i = 0; i < words; i++) {
        for (unsigned b = 0; b < field; b++)
          if (x >> b & 1) expected[b * words + i] ^= r[i];
        expected[field * words + i] ^= r[i];
      }
    }
    check(!memcmp(v, expected, 8 * words * field), path, "v of its definition", field, 0);
    check(!memcmp(u, expected + field * words, 8 * words), path, "u of its definition", field, 0);
    int good = 1;
    for (unsigned b = 0; b < field; b++)
      for (size_t i = 0; i < words; i++)
        good &= w[b * words + i] == (v[b * words + i] ^ (s.delta[0] >> b & 1 ? u[i] : 0));
    check(good, path, "w = v + u Delta", field, 0);
    free(v), free(u), free(w), free(unused), free(expected), free(r), free(s.receiver), free(s.sender);
  }
}

// ---- Transfers, carries and products; a digest of all bytes for the comparison of paths

static uint64_t digest;
static void absorb(const void *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) digest = (digest ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3;
}

typedef struct {
  ot_shape shape;
  size_t blocks, chosenWords, offeredWords, correctionBytes;
  uint64_t *choices, *chosen, *offered;
  uint8_t *corrections;
} batch;

static batch transfer(ot_path path, const session *s, unsigned index, unsigned outputs, size_t blocks, uint64_t counter) {
  batch b = {{s->field, index, outputs}, blocks, 0, 0, 0, NULL, NULL, NULL, NULL};
  size_t each = outputs ? 8 * outputs * blocks : 512 * blocks;
  b.chosenWords = each, b.offeredWords = each << index, b.correctionBytes = 64 * blocks * ot_correction_planes(b.shape);
  b.choices = zeros(64 * index * blocks), b.chosen = zeros(8 * b.chosenWords), b.offered = zeros(8 * b.offeredWords);
  b.corrections = zeros(b.correctionBytes);
  // In two ranges, as two threads would.
  size_t first = blocks > 8 ? 8 : 0, step = outputs ? 8 * first : 512 * first;
  for (int part = first ? 0 : 1; part < 2; part++) {
    size_t from = part ? first : 0, count = part ? blocks - first : first, at = part ? step : 0;
    ot_receive(path, b.shape, s->receiver, counter + 4 * from, 77, count, blocks, b.choices + 8 * from, b.chosen + at,
               b.corrections + 64 * from);
    ot_send(path, b.shape, s->sender, s->delta, counter + 4 * from, 77, count, blocks, b.corrections + 64 * from,
            b.offered + at);
  }
  absorb(b.choices, 64 * index * blocks), absorb(b.chosen, 8 * b.chosenWords);
  absorb(b.offered, 8 * b.offeredWords), absorb(b.corrections, b.correctionBytes);
  return b;
}

static void release(batch b) { free(b.choices), free(b.chosen), free(b.offered), free(b.corrections); }

static void transfers(ot_path path) {
  static const unsigned planes[2][5] = {{15, 22, 25, 26, 26}, {31, 46, 53, 56, 57}};
  for (unsigned field = 4; field <= 8; field += 4) {
    session s = deal(path, field);
    for (unsigned index = 1; index <= 5; index++)
      for (unsigned outputs = index == 1 ? 0 : 1; outputs <= 2; outputs++)
        for (size_t blocks = 1; blocks <= 9; blocks += 8) {
          batch b = transfer(path, &s, index, outputs, blocks, 1000 * index + 100 * outputs);
          check(ot_correction_planes(b.shape) == planes[field == 4][index - 1], path, "planes of corrections", field, index);
          size_t instances = 512 * blocks, others = 0, wrong = 0;
          for (size_t q = 0; q < instances; q++) {
            unsigned choice = 0;
            for (unsigned e = 0; e < index; e++) choice |= (unsigned)bit(b.choices, e, blocks, q) << e;
            for (unsigned x = 0; x < 1u << index; x++) {
              int equal = 1;
              if (outputs == 0) equal = b.offered[512 * blocks * x + q] == b.chosen[q];
              for (unsigned o = 0; o < outputs; o++)
                equal &= bit(b.offered, x * outputs + o, blocks, q) == bit(b.chosen, o, blocks, q);
              if (x == choice) wrong += !equal;
              else others += equal;
            }
          }
          double expected = outputs == 0 ? 0 : (double)instances * ((1u << index) - 1) / (1u << outputs);
          check(wrong == 0, path, "the chosen pad", index, outputs);
          // Eight standard deviations of a binomial count, or none for pads of 64 bits.
          double allowed = outputs == 0 ? 0.5 : 8 * 0.5 * (double)instances * ((1u << index) - 1);
          check(((double)others - expected) * ((double)others - expected) <= 8 * allowed, path, "the other pads", index, outputs);
          release(b);
        }
    free(s.receiver), free(s.sender);
  }
}

static void conversions(ot_path path) {
  size_t blocks = 3;
  uint64_t *words = noise(4096 * blocks), *planes = zeros(64 * 40 * blocks), *back = zeros(4096 * blocks);
  ot_to_planes(path, planes, 40, blocks, words, blocks);
  ot_to_words(path, back, planes, 40, blocks, blocks);
  int good = 1, inverse = 1;
  for (size_t q = 0; q < 512 * blocks; q++) {
    for (unsigned p = 0; p < 40; p++) good &= bit(planes, p, blocks, q) == (int)(words[q] >> p & 1);
    inverse &= back[q] == (words[q] & 0xffffffffff);
  }
  check(good, path, "words to planes", 40, 3), check(inverse, path, "planes to words", 40, 3);
  free(words), free(planes), free(back);
}

/// Carries of digits of 1...5 bits with and without a carry in, both outputs of a pad, against integer addition.
static void carries(ot_path path) {
  session s = deal(path, 8);
  size_t blocks = 2, plane = 64 * blocks;
  for (unsigned m = 1; m <= 5; m++)
    for (unsigned carried = 0; carried <= (m < 5); carried++)
      for (unsigned output = 0; output < 2; output++) {
        batch b = transfer(path, &s, m + carried, 2, blocks, 50000 * m + 1000 * output + 500 * carried);
        uint64_t *left = noise(plane * m), *right = noise(plane * (m + carried)), *carry = noise(plane), *mask = noise(plane);
        uint8_t *correction = zeros(plane * m), *message = zeros(plane << (m + carried));
        uint64_t *opened = zeros(plane);
        for (size_t i = 0; i < plane * m; i++) correction[i] = ((uint8_t *)right)[i] ^ ((uint8_t *)b.choices)[i];
        memcpy((uint8_t *)right + plane * m, (uint8_t *)b.choices + plane * m, plane * carried);
        ot_carry_answer(path, m, left, carried ? carry : NULL, correction, mask, b.offered + 8 * blocks * output, 2 * blocks,
                        message, blocks, blocks);
        ot_carry_open(path, m + carried, b.choices, b.chosen + 8 * blocks * output, message, opened, blocks, blocks);
        int good = 1;
        for (size_t q = 0; q < 512 * blocks; q++) {
          unsigned sum = carried ? (unsigned)(bit(carry, 0, blocks, q) ^ bit(right, m, blocks, q)) : 0;
          for (unsigned i = 0; i < m; i++) sum += (unsigned)(bit(left, i, blocks, q) + bit(right, i, blocks, q)) << i;
          good &= (bit(opened, 0, blocks, q) ^ bit(mask, 0, blocks, q)) == (int)(sum >> m);
        }
        check(good, path, "carry", m, carried);
        absorb(message, plane << (m + carried)), absorb(opened, plane);
        free(left), free(right), free(carry), free(mask), free(correction), free(message), free(opened), release(b);
      }
  free(s.receiver), free(s.sender);
}

static void products(ot_path path) {
  session s = deal(path, 8);
  size_t blocks = 2, plane = 64 * blocks, words = 512 * blocks;
  for (unsigned width = 1; width <= 63; width += 31) {
    batch b = transfer(path, &s, 1, 0, blocks, 1000 * width);
    uint64_t *numbers = noise(8 * words), *bits = noise(plane), *first = zeros(8 * words), *second = zeros(8 * words);
    uint8_t *correction = zeros(plane), *message = zeros(plane * width);
    for (size_t i = 0; i < plane; i++) correction[i] = ((uint8_t *)bits)[i] ^ ((uint8_t *)b.choices)[i];
    ot_couple_answer(path, width, numbers, b.offered, correction, message, first, blocks, blocks);
    ot_couple_open(path, width, bits, b.chosen, message, second, blocks, blocks);
    uint64_t mask = ((uint64_t)1 << width) - 1;
    int good = 1;
    for (size_t q = 0; q < words; q++)
      good &= ((first[q] + second[q]) & mask) == ((bit(bits, 0, blocks, q) ? numbers[q] : 0) & mask);
    check(good, path, "product", width, 0);
    absorb(message, plane * width), absorb(first, 8 * words), absorb(second, 8 * words);
    free(numbers), free(bits), free(first), free(second), free(correction), free(message), release(b);
  }
  free(s.receiver), free(s.sender);
}

int main(int count, char **arguments) {
  seed = count > 1 ? strtoul(arguments[1], NULL, 10) : (unsigned long)time(NULL);
  uint64_t reference = 0;
  int compared = 0;
  for (int path = OT_PORTABLE; path >= OT_VAES512; path--) {
    if (!ot_available((ot_path)path)) {
      printf("path %s: not on this processor\n", PATHS[path]);
      continue;
    }
    state = seed, digest = 0xcbf29ce484222325;
    known_answers((ot_path)path), keystream((ot_path)path), trees((ot_path)path), streams((ot_path)path);
    conversions((ot_path)path), transfers((ot_path)path), carries((ot_path)path), products((ot_path)path);
    if (compared++) check(digest == reference, (ot_path)path, "bytes of the portable path", 0, 0);
    else reference = digest;
  }
  printf("oblivious transfer kernel: %zu checks passed, %zu failed, %d paths, seed %lu\n", passed, failed, compared, seed);
  return failed != 0;
}
