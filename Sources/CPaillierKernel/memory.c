#include <stdlib.h>

#include "kernel.h"

void pk_wipe(void *memory, size_t bytes) {
  memset(memory, 0, bytes);
  __asm__ volatile("" : : "r"(memory) : "memory");  // the writes are observed, so they stay
}

enum { BURNT = 128 << 10 };
__attribute__((noinline)) void pk_burn_stack(void) {
  unsigned char stack[BURNT];
  pk_wipe(stack, sizeof stack);
}

static void (*release_hook)(const uint64_t *, size_t);
void pk_set_release_hook(void (*hook)(const uint64_t *, size_t)) { release_hook = hook; }

static uint64_t *allocate(size_t words) {
  size_t bytes = (words * 8 + 63) / 64 * 64;
  void *block = aligned_alloc(64, bytes ? bytes : 64);
  if (!block) abort();  // as GMP does: there is no state to go on from
  return block;
}

uint64_t *pk_secret_allocate(size_t words) {
  uint64_t *block = allocate(words);
  memset(block, 0, words * 8);
  return block;
}

void pk_secret_release(uint64_t *block, size_t words) {
  pk_wipe(block, words * 8);
  if (release_hook) release_hook(block, words);
  free(block);
}

uint64_t *pk_scratch(size_t words) { return allocate(words); }
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
