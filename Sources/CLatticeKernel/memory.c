#include <secret_memory.h>
#include <stdlib.h>

#include "kernel.h"

void lk_wipe(void *memory, size_t bytes) { sm_wipe(memory, bytes); }
void lk_random(void *memory, size_t bytes) { sm_random(memory, bytes); }

__attribute__((noinline)) void lk_wipe_stack(void) {
  u8 below[16384];
  sm_wipe(below, sizeof below);
  sm_clear_registers();
}

static sm_hook release_hook;
void lk_set_release_hook(void (*hook)(const uint64_t *, size_t)) { release_hook = hook; }

uint64_t *lk_allocate(size_t words) { return sm_allocate(words); }
void lk_release(uint64_t *block, size_t words, int wipe) {
  if (wipe) sm_wipe(block, words * 8);
  if (release_hook) release_hook(block, words);
  free(block);
}

uint64_t *lk_secret_allocate(size_t words) { return sm_secret_allocate(words); }
void lk_secret_release(uint64_t *block, size_t words) { sm_secret_release(block, words, release_hook); }
