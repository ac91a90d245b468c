#include <stdlib.h>

#include "kernel.h"

void ot_wipe(void *memory, size_t bytes) {
  memset(memory, 0, bytes);
  __asm__ volatile("" : : "r"(memory) : "memory");  // the writes are observed, so they stay
}

// Deeper than the frames of the path's functions together.
__attribute__((noinline)) void ot_wipe_stack(void) {
  uint8_t block[24 << 10];
  ot_wipe(block, sizeof block);
}

static void (*release_hook)(const uint64_t *, size_t);
void ot_set_release_hook(void (*hook)(const uint64_t *, size_t)) { release_hook = hook; }

uint64_t *ot_secret_allocate(size_t words) {
  size_t bytes = (words * 8 + 63) / 64 * 64;
  void *block = aligned_alloc(64, bytes ? bytes : 64);
  if (!block) abort();  // as GMP does: there is no state to go on from
  memset(block, 0, bytes);
  return block;
}

void ot_secret_release(uint64_t *block, size_t words) {
  ot_wipe(block, words * 8);
  if (release_hook) release_hook(block, words);
  free(block);
}
