#include <secret_memory.h>
#include <stdlib.h>

#include "kernel.h"

void pk_wipe(void *memory, size_t bytes) { sm_wipe(memory, bytes); }
void pk_random(void *memory, size_t bytes) { sm_random(memory, bytes); }

enum { BURNT = 128 << 10 };
__attribute__((noinline)) void pk_burn_stack(void) {
  unsigned char stack[BURNT];
  sm_wipe(stack, sizeof stack);
  sm_clear_registers();
}

static sm_hook release_hook;
void pk_set_release_hook(void (*hook)(const uint64_t *, size_t)) { release_hook = hook; }

uint64_t *pk_secret_allocate(size_t words) { return sm_secret_allocate(words); }
void pk_secret_release(uint64_t *block, size_t words) { sm_secret_release(block, words, release_hook); }

uint64_t *pk_scratch(size_t words) { return sm_allocate(words); }
void pk_scratch_free(uint64_t *block, size_t words) {
  pk_wipe(block, words * 8);
  free(block);
}

// GMP's temporaries hold primes while a key is made: every block GMP gives back is wiped first.
static void *gmp_allocate(size_t bytes) {
  void *block = malloc(bytes);
  if (!block) abort();
  return block;
}
static void gmp_free(void *block, size_t bytes) {
  pk_wipe(block, bytes);
  free(block);
}
static void *gmp_reallocate(void *old, size_t oldBytes, size_t newBytes) {
  void *block = gmp_allocate(newBytes);
  memcpy(block, old, oldBytes < newBytes ? oldBytes : newBytes);
  gmp_free(old, oldBytes);
  return block;
}
__attribute__((constructor)) static void wipe_gmp_memory(void) {
  mp_set_memory_functions(gmp_allocate, gmp_reallocate, gmp_free);
}
