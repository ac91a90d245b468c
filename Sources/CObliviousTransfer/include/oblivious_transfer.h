// The hot loops of oblivious transfer extension and of two-party carries: bytes, bit planes and AES; nothing that knows what a
// transfer is used for.
//
// A *plane* is one bit of 512 instances: eight 64-bit words. Instance q of a block is bit q / 8 of word q % 8, so that 512 words in
// a row and their planes are each other's 64x64 transposes. A *block* is 512 instances; planes of many blocks lie `stride` planes
// apart: plane p of block b at word 8 (p stride + b). A *chunk* is eight blocks.
//
// All paths give the same bytes. No branch and no address depends on a secret; stacks are wiped before a function returns.
//
// Sources: Roy 2022 (SoftSpokenOT, section 4: small-field vector OLE), Kolesnikov and Kumaresan 2013 (1-of-N by codes), Guo, Katz,
// Wang, Yu 2020 (hashes from fixed-key AES).
#ifndef LDCT_OBLIVIOUS_TRANSFER_H
#define LDCT_OBLIVIOUS_TRANSFER_H

#include <stddef.h>
#include <stdint.h>

typedef enum { OT_VAES512 = 0, OT_VAES = 1, OT_AESNI = 2, OT_PORTABLE = 3 } ot_path;

enum {
  OT_PLANE_WORDS = 8,
  OT_BLOCK = 512,
  OT_CHUNK_BLOCKS = 8,
  OT_COORDINATES = 31,  // of the choice code
  OT_KEY_BYTES = 176,   // an expanded AES-128 key
};

/// 1 when this processor can run the path.
int ot_available(ot_path path);

// ---- AES-128

/// `count` seeds of 16 bytes to expanded keys.
void ot_expand(ot_path path, uint8_t *keys, const uint8_t *seeds, size_t count);
/// AES of the counters counter, counter + 1, ... (64 bits little-endian, then 8 bytes zero): 32 `chunks` blocks, 512 bytes a chunk.
void ot_keystream(ot_path path, uint8_t *out, const uint8_t *key, uint64_t counter, size_t chunks);
/// AES of 32 `chunks` given blocks, in place. For known answers.
void ot_encrypt(ot_path path, uint8_t *blocks, const uint8_t *key, size_t chunks);

// ---- Seed trees (GGM): the children of a node s are AES_s(0) and AES_s(1)

/// nodes[0] is the root; afterwards all 2^depth leaves, 16 bytes each. sums[level][side]: the sum of that level's children on a side.
void ot_tree_expand(ot_path path, unsigned depth, uint8_t *nodes, uint8_t *sums);
/// All leaves but the one at `hole`, from each level's sum on the side away from it (`opened`, 16 bytes a level). Leaf x is written
/// to x ^ hole, so that the one that is missing (zero) comes first whatever `hole` is.
void ot_tree_complete(ot_path path, unsigned depth, uint8_t *nodes, unsigned hole, const uint8_t *opened);

// ---- Random 1-of-2^i transfers

/// What is asked of a batch of transfers.
typedef struct {
  unsigned field;    // k: 8 or 4; seeds are 31 x 8/k trees of 2^k leaves
  unsigned index;    // i, 1...5
  unsigned outputs;  // bits of a pad, 1 or 2; 0 is a pad of 64 bits (index 1 only)
} ot_shape;

/// Elements of the code's coordinates, five-bit vectors: unit vectors first.
const uint8_t *ot_code_coordinates(void);
/// Sixteen rows of 31 bits that compress a codeword's coordinates to 128 bits.
const uint32_t *ot_code_rows(void);
/// Planes of corrections a receiver sends for one batch.
size_t ot_correction_planes(ot_shape shape);

/// The receiver's side of `blocks` blocks. Choices get `index` planes, pads `outputs` planes or 512 words a block; corrections are for
/// the sender.
/// - counter: of the streams, in AES blocks; every chunk, full or not, uses 32. nonce: of this direction of this session.
void ot_receive(ot_path path, ot_shape shape, const uint8_t *keys, uint64_t counter, uint64_t nonce, size_t blocks,
                size_t stride, uint64_t *choices, uint64_t *pads, uint8_t *corrections);
/// The sender's: pads of all choices, [choice][output] planes, or [choice][512 stride] words. `delta`: 31 secret bytes.
void ot_send(ot_path path, ot_shape shape, const uint8_t *keys, const uint8_t *delta, uint64_t counter, uint64_t nonce,
             size_t blocks, size_t stride, const uint8_t *corrections, uint64_t *pads);

// ---- Planes and words

/// The low `planes` bits of words (512 a block) to planes, and back (what is above is 0).
void ot_to_planes(ot_path path, uint64_t *planes, size_t count, size_t stride, const uint64_t *words, size_t blocks);
void ot_to_words(ot_path path, uint64_t *words, const uint64_t *planes, size_t count, size_t stride, size_t blocks);

// ---- Carries by table look-up

/// Writes 2^(bits + 1) planes (2^bits without a carry): for every digit d' and carry share k' of the receiver the bit
/// [d + d' + (k ^ k') >= 2^bits] ^ mask, each under its pad. The receiver's choices c are its digits ^ correction.
/// - pads: plane of choice 0; that of the next choice lies `padStep` planes further.
void ot_carry_answer(ot_path path, unsigned bits, const uint64_t *digit, const uint64_t *carry,
                     const uint8_t *correction, const uint64_t *mask, const uint64_t *pads, size_t padStep,
                     uint8_t *message, size_t stride, size_t blocks);
/// opened = message[choices] ^ pad, for the choices of the transfer itself (`index` planes).
void ot_carry_open(ot_path path, unsigned index, const uint64_t *choices, const uint64_t *pad, const uint8_t *message,
                   uint64_t *opened, size_t stride, size_t blocks);

// ---- Products of a bit and a number, additively shared modulo 2^width

/// The owner of the numbers: message = pad0 - pad1 + number (width planes), its share -pad0, pads swapped where the correction is 1.
void ot_couple_answer(ot_path path, unsigned width, const uint64_t *numbers, const uint64_t *pads,
                      const uint8_t *correction, uint8_t *message, uint64_t *shares, size_t stride, size_t blocks);
/// The owner of the bits: share = pad + bit message.
void ot_couple_open(ot_path path, unsigned width, const uint64_t *bits, const uint64_t *pads, const uint8_t *message,
                    uint64_t *shares, size_t stride, size_t blocks);

// ---- Secrets

/// Fills memory from the system's generator.
void ot_random(void *memory, size_t bytes);
/// Zeroed memory aligned to cache lines; wiped when released.
uint64_t *ot_secret_allocate(size_t words);
void ot_secret_release(uint64_t *block, size_t words);
/// Test hook: called with the block once it is wiped, before it is freed or kept.
void ot_set_release_hook(void (*hook)(const uint64_t *block, size_t words));

#endif
