// For madvise: the build asks for plain C11.
#define _GNU_SOURCE

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

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

static size_t page_rounded(size_t words) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = (words * 8 + page - 1) / page * page;
  return bytes ? bytes : page;
}

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

uint64_t *ot_secret_allocate(size_t words) {
  size_t bytes = page_rounded(words);
  void *block = aligned_alloc((size_t)sysconf(_SC_PAGESIZE), bytes);
  if (!block) abort();  // as GMP does: there is no state to go on from
  memset(block, 0, bytes);
  keep_apart(block, bytes, 1);
  return block;
}

void ot_secret_release(uint64_t *block, size_t words) {
  ot_wipe(block, words * 8);
  if (release_hook) release_hook(block, words);
  keep_apart(block, page_rounded(words), 0);
  free(block);
}
