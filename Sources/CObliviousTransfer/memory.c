#include <secret_memory.h>

#include "kernel.h"

void ot_random(void *memory, size_t bytes) { sm_random(memory, bytes); }

// Deeper than the frames of the path's functions together.
__attribute__((noinline)) void ot_wipe_stack(void) {
  uint8_t block[24 << 10];
  sm_wipe(block, sizeof block);
  sm_clear_registers();
}

static sm_hook release_hook;
void ot_set_release_hook(void (*hook)(const uint64_t *, size_t)) { release_hook = hook; }

uint64_t *ot_secret_allocate(size_t words) { return sm_secret_allocate(words); }
void ot_secret_release(uint64_t *block, size_t words) { sm_secret_release(block, words, release_hook); }
