#include <stdlib.h>
#include <sys/random.h>

#include "kernel.h"

void lk_wipe(void *memory, size_t bytes) {
  memset(memory, 0, bytes);
  __asm__ volatile("" : : "r"(memory) : "memory");  // the writes are observed, so they stay
}

__attribute__((noinline)) void lk_wipe_stack(void) {
  u8 below[16384];
  lk_wipe(below, sizeof below);
}

uint64_t *lk_allocate(size_t words) {
  size_t bytes = (words * 8 + 63) / 64 * 64;
  void *block = aligned_alloc(64, bytes ? bytes : 64);
  if (!block) abort();  // as GMP does: there is no state to go on from
  return block;
}

static void (*release_hook)(const uint64_t *, size_t);
void lk_set_release_hook(void (*hook)(const uint64_t *, size_t)) { release_hook = hook; }

void lk_release(uint64_t *block, size_t words, int wipe) {
  if (wipe) lk_wipe(block, words * 8);
  if (release_hook) release_hook(block, words);
  free(block);
}

void lk_random(void *memory, size_t bytes) {
  for (u8 *at = memory; bytes;) {
    size_t part = bytes < 256 ? bytes : 256;  // requests of up to 256 bytes are never cut short
    if (getrandom(at, part, 0) != (ssize_t)part) abort();
    at += part, bytes -= part;
  }
}
