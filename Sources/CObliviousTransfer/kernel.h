// Shared by the paths; not visible to Swift.
#ifndef LDCT_OT_KERNEL_H
#define LDCT_OT_KERNEL_H

#include <string.h>

#include "include/oblivious_transfer.h"

// Planes are passed between functions that are inlined into one another, never across an ABI.
#pragma clang diagnostic ignored "-Wpsabi"

#define INLINE static inline __attribute__((always_inline))

/// What a path provides; see the public header for the meaning.
typedef struct {
  void (*expand)(uint8_t *key, const uint8_t *seed);
  void (*encrypt)(uint8_t *blocks, const uint8_t *key);
  void (*receive)(ot_shape, const uint8_t *keys, uint64_t counter, uint64_t nonce, size_t blocks, size_t stride,
                  uint64_t *choices, uint64_t *pads, uint8_t *corrections, uint64_t *scratch);
  void (*send)(ot_shape, const uint8_t *keys, const uint8_t *delta, uint64_t counter, uint64_t nonce, size_t blocks,
               size_t stride, const uint8_t *corrections, uint64_t *pads, uint64_t *scratch);
  /// One sub-field's streams of a chunk: v (field planes of 8 blocks each) and u (one).
  void (*leaves)(unsigned field, const uint8_t *keys, uint64_t counter, uint64_t *v, uint64_t *u);
  void (*to_planes)(uint64_t *planes, size_t count, size_t stride, const uint64_t *words, size_t blocks);
  void (*to_words)(uint64_t *words, const uint64_t *planes, size_t count, size_t stride, size_t blocks);
  void (*carry_answer)(unsigned bits, const uint64_t *digit, const uint64_t *carry, const uint8_t *correction,
                       const uint64_t *mask, const uint64_t *pads, size_t padStep, uint8_t *message, size_t stride,
                       size_t blocks);
  void (*carry_open)(unsigned index, const uint64_t *choices, const uint64_t *pad, const uint8_t *message,
                     uint64_t *opened, size_t stride, size_t blocks);
  void (*couple_answer)(unsigned width, const uint64_t *numbers, const uint64_t *pads, const uint8_t *correction,
                        uint8_t *message, uint64_t *shares, size_t stride, size_t blocks);
  void (*couple_open)(unsigned width, const uint64_t *bits, const uint64_t *pads, const uint8_t *message,
                      uint64_t *shares, size_t stride, size_t blocks);
} ot_operations;

const ot_operations *ot_operations_of(ot_path path);
extern const ot_operations ot_portable_operations;
#if defined(__x86_64__)
extern const ot_operations ot_vaes512_operations, ot_vaes_operations, ot_aesni_operations;
#endif

extern const uint8_t ot_coordinates[OT_COORDINATES];
extern const uint32_t ot_rows[16];

/// Whether a coordinate belongs to the code of 1-of-2^index.
static inline int ot_is_used(int coordinate, unsigned index) {
  return (ot_coordinates[coordinate] & ((1u << index) - 1)) != 0;
}

/// Overwrites what earlier calls left on the stack.
void ot_wipe_stack(void);

#endif
