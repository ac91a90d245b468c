// For madvise: the build asks for plain C11.
#define _GNU_SOURCE

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "kernel.h"

void lk_wipe(void *memory, size_t bytes) {
  memset(memory, 0, bytes);
  __asm__ volatile("" : : "r"(memory) : "memory");  // the writes are observed, so they stay
}

__attribute__((noinline)) void lk_wipe_stack(void) {
  u8 below[16384];
  lk_wipe(below, sizeof below);
}

static size_t rounded(size_t words, size_t unit) {
  size_t bytes = (words * 8 + unit - 1) / unit * unit;
  return bytes ? bytes : unit;
}

static uint64_t *allocate(size_t words, size_t unit) {
  void *block = aligned_alloc(unit, rounded(words, unit));
  if (!block) abort();  // as GMP does: there is no state to go on from
  return block;
}

uint64_t *lk_allocate(size_t words) { return allocate(words, 64); }

static void (*release_hook)(const uint64_t *, size_t);
void lk_set_release_hook(void (*hook)(const uint64_t *, size_t)) { release_hook = hook; }

void lk_release(uint64_t *block, size_t words, int wipe) {
  if (wipe) lk_wipe(block, words * 8);
  if (release_hook) release_hook(block, words);
  free(block);
}

static size_t page_bytes(void) { return (size_t)sysconf(_SC_PAGESIZE); }

// A child process gets the pages of secrets empty, for it may be one that reads a stranger's file, and a core file does without
// them. Where the system cannot do that, nothing is lost but this.
static void keep_apart(void *block, size_t bytes, int apart) {
#if defined(MADV_WIPEONFORK) && defined(MADV_DONTDUMP)
  madvise(block, bytes, apart ? MADV_WIPEONFORK : MADV_KEEPONFORK);
  madvise(block, bytes, apart ? MADV_DONTDUMP : MADV_DODUMP);
#else
  (void)block, (void)bytes, (void)apart;
#endif
}

uint64_t *lk_secret_allocate(size_t words) {
  uint64_t *block = allocate(words, page_bytes());
  keep_apart(block, rounded(words, page_bytes()), 1);
  return block;
}

void lk_secret_release(uint64_t *block, size_t words) {
  lk_wipe(block, words * 8);
  if (release_hook) release_hook(block, words);
  keep_apart(block, rounded(words, page_bytes()), 0);
  free(block);
}

void lk_random(void *memory, size_t bytes) {
  for (u8 *at = memory; bytes;) {
    size_t part = bytes < 256 ? bytes : 256;  // requests of up to 256 bytes are never cut short
    if (getrandom(at, part, 0) != (ssize_t)part) abort();
    at += part, bytes -= part;
  }
}
