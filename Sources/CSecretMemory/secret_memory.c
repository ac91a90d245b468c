// For madvise: the build asks for plain C11.
#define _GNU_SOURCE

#include "secret_memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

void sm_wipe(void *memory, size_t bytes) {
  memset(memory, 0, bytes);
  __asm__ volatile("" : : "r"(memory) : "memory");  // the writes are observed, so they stay
}

void sm_random(void *memory, size_t bytes) {
  unsigned char *at = memory;
  while (bytes) {
    const ssize_t got = getrandom(at, bytes, 0);
    if (got < 0 && errno != EINTR) abort();  // a system without randomness cannot go on
    if (got > 0) at += got, bytes -= (size_t)got;
  }
}

#if defined(__x86_64__)
__attribute__((target("avx"))) static void clear_vectors(void) {
  __asm__ volatile("vzeroall" ::: "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
                   "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}
#define CLEAR(n) "vpxorq %%zmm" #n ", %%zmm" #n ", %%zmm" #n "\n\t"
__attribute__((target("avx512f"))) static void clear_upper_vectors(void) {
  __asm__ volatile(CLEAR(16) CLEAR(17) CLEAR(18) CLEAR(19) CLEAR(20) CLEAR(21) CLEAR(22) CLEAR(23) CLEAR(24) CLEAR(25)
                       CLEAR(26) CLEAR(27) CLEAR(28) CLEAR(29) CLEAR(30) CLEAR(31)::
                           : "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25", "xmm26",
                             "xmm27", "xmm28", "xmm29", "xmm30", "xmm31");
}
void sm_clear_registers(void) {
  if (__builtin_cpu_supports("avx")) clear_vectors();
  if (__builtin_cpu_supports("avx512f")) clear_upper_vectors();
}
#elif defined(__aarch64__)
#define CLEAR(n) "movi v" #n ".2d, #0\n\t"
#define CLEAR_UPPER(n) "mov v" #n ".d[1], xzr\n\t"
void sm_clear_registers(void) {
  // What a function may change without saving it: all of most of them, of v8 to v15 the upper half.
  __asm__ volatile(CLEAR_UPPER(8) CLEAR_UPPER(9) CLEAR_UPPER(10) CLEAR_UPPER(11) CLEAR_UPPER(12) CLEAR_UPPER(13)
                       CLEAR_UPPER(14) CLEAR_UPPER(15));
  __asm__ volatile(CLEAR(0) CLEAR(1) CLEAR(2) CLEAR(3) CLEAR(4) CLEAR(5) CLEAR(6) CLEAR(7) CLEAR(16) CLEAR(17) CLEAR(18)
                       CLEAR(19) CLEAR(20) CLEAR(21) CLEAR(22) CLEAR(23) CLEAR(24) CLEAR(25) CLEAR(26) CLEAR(27) CLEAR(28)
                           CLEAR(29) CLEAR(30) CLEAR(31)::
                               : "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v16", "v17", "v18", "v19", "v20", "v21",
                                 "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31");
}
#else
void sm_clear_registers(void) {}
#endif

static size_t rounded(size_t words, size_t unit) {
  const size_t bytes = (words * 8 + unit - 1) / unit * unit;
  return bytes ? bytes : unit;
}

void sm_prefer_large_pages(void *memory, size_t bytes) {
#if defined(MADV_HUGEPAGE)
  const uintptr_t page = (uintptr_t)1 << 21, start = (uintptr_t)memory;
  if (bytes < 4 * page) return;
  const uintptr_t first = (start + page - 1) / page * page, end = (start + bytes) / page * page;
  madvise((void *)first, end - first, MADV_HUGEPAGE);
#else
  (void)memory, (void)bytes;
#endif
}

static uint64_t *allocate(size_t words, size_t unit) {
  const size_t bytes = rounded(words, unit);
  void *block = aligned_alloc(unit, bytes);
  if (!block) abort();
  sm_prefer_large_pages(block, bytes);
  return block;
}

uint64_t *sm_allocate(size_t words) { return allocate(words, 64); }

static size_t page_bytes(void) { return (size_t)sysconf(_SC_PAGESIZE); }

static void keep_apart(void *block, size_t bytes, int apart) {
#if defined(MADV_WIPEONFORK) && defined(MADV_DONTDUMP)
  madvise(block, bytes, apart ? MADV_WIPEONFORK : MADV_KEEPONFORK);
  madvise(block, bytes, apart ? MADV_DONTDUMP : MADV_DODUMP);
#else
  (void)block, (void)bytes, (void)apart;
#endif
}

// Large blocks serve again: wiped ones are zeros on pages of their own, which is what the next secret needs. A fresh one costs its
// pages' clearing and four calls of the system, and a protocol over many images takes hundreds of them,
// layer after layer of similar sizes.
// Not under AddressSanitizer, which could not see a use after the release then.
enum { LARGE_BLOCKS = 512, LARGE_BYTES = 1 << 20 };
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KEEPS_BLOCKS 0
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define KEEPS_BLOCKS 0
#endif
#if !defined(KEEPS_BLOCKS)
#define KEEPS_BLOCKS 1
#endif
static int is_large(size_t bytes) { return KEEPS_BLOCKS && bytes >= LARGE_BYTES; }
typedef struct {
  uint64_t *block;
  size_t bytes;
  // When it was released; 0 while it is used.
  uint64_t released;
} large_block;
static struct {
  pthread_mutex_t lock;
  large_block blocks[LARGE_BLOCKS];
  size_t count;
  uint64_t clock;
  // Bytes in use, released and kept, and in use at most until now: what is kept never takes both together beyond that.
  size_t used, kept, most;
} large = {.lock = PTHREAD_MUTEX_INITIALIZER};

// Large blocks are mappings of their own, so that they leave no holes between others' in the heap.
static uint64_t *map(size_t bytes) {
  void *block = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (block == MAP_FAILED) abort();
  sm_prefer_large_pages(block, bytes);
  return block;
}

static void give_back(uint64_t *block, size_t bytes) {
  if (is_large(bytes)) {
    munmap(block, bytes);
    return;
  }
  keep_apart(block, bytes, 0);
  free(block);
}

/// The smallest kept block that holds as much, and at most twice that.
static large_block *fitting(size_t bytes) {
  large_block *best = NULL;
  for (large_block *b = large.blocks; b < large.blocks + large.count; b++)
    if (b->released && b->bytes >= bytes && b->bytes / 2 <= bytes && (!best || b->bytes < best->bytes)) best = b;
  return best;
}

static void drop_oldest(void) {
  large_block *oldest = NULL;
  for (large_block *b = large.blocks; b < large.blocks + large.count; b++)
    if (b->released && (!oldest || b->released < oldest->released)) oldest = b;
  if (!oldest) return;
  large.kept -= oldest->bytes;
  give_back(oldest->block, oldest->bytes);
  *oldest = large.blocks[--large.count];
}

/// A kept block, or NULL; then as much was given back as a fresh one needs.
static uint64_t *take_kept(size_t bytes) {
  pthread_mutex_lock(&large.lock);
  large_block *found = fitting(bytes);
  const size_t taken = found ? found->bytes : bytes;
  large.used += taken;
  if (large.used > large.most) large.most = large.used;
  if (found) {
    large.kept -= taken;
    found->released = 0;
  }
  uint64_t *block = found ? found->block : NULL;
  while (large.kept && large.used + large.kept > large.most) drop_oldest();
  pthread_mutex_unlock(&large.lock);
  return block;
}

/// Notes a fresh block, unless as many as there is room for are in use.
static void note(uint64_t *block, size_t bytes) {
  pthread_mutex_lock(&large.lock);
  if (large.count == LARGE_BLOCKS) drop_oldest();
  if (large.count < LARGE_BLOCKS) large.blocks[large.count++] = (large_block){block, bytes, 0};
  else large.used -= bytes;
  pthread_mutex_unlock(&large.lock);
}

/// Whether a wiped block is kept.
static int keep(const uint64_t *block) {
  int isKept = 0;
  pthread_mutex_lock(&large.lock);
  for (large_block *b = large.blocks; b < large.blocks + large.count && !isKept; b++)
    if (b->block == block) {
      b->released = ++large.clock;
      large.used -= b->bytes, large.kept += b->bytes;
      isKept = 1;
    }
  pthread_mutex_unlock(&large.lock);
  return isKept;
}

void sm_give_back_kept(void) {
  pthread_mutex_lock(&large.lock);
  while (large.kept) drop_oldest();
  large.most = large.used;
  pthread_mutex_unlock(&large.lock);
}

size_t sm_kept_bytes(void) {
  pthread_mutex_lock(&large.lock);
  const size_t kept = large.kept;
  pthread_mutex_unlock(&large.lock);
  return kept;
}

uint64_t *sm_secret_allocate(size_t words) {
  const size_t bytes = rounded(words, page_bytes());
  uint64_t *block = is_large(bytes) ? take_kept(bytes) : NULL;
  if (block) return block;
  if (is_large(bytes)) {
    block = map(bytes);  // of zeros
  } else {
    block = allocate(words, page_bytes());
    memset(block, 0, bytes);
  }
  keep_apart(block, bytes, 1);
  if (is_large(bytes)) note(block, bytes);
  return block;
}

void sm_secret_release(uint64_t *block, size_t words, sm_hook hook) {
  const size_t bytes = rounded(words, page_bytes());
  sm_wipe(block, words * 8);
  if (hook) hook(block, words);
  if (is_large(bytes) && keep(block)) return;
  give_back(block, bytes);
}
