// The parameters' block: primes, roots and constants.
#include "kernel.h"

u64 lk_power(u64 base, u64 exponent, u64 p) {
  u64 result = 1;
  for (; exponent; exponent >>= 1, base = lk_multiply(base, base, p))
    if (exponent & 1) result = lk_multiply(result, base, p);
  return result;
}

/// Miller and Rabin's test with the first twelve primes as bases: exact below 2^64 (Sorenson and Webster 2015).
static int is_prime(u64 n) {
  static const u64 bases[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37};
  if (n < 40 || n % 2 == 0) return 0;
  u64 d = n - 1;
  int s = 0;
  while (d % 2 == 0) d /= 2, s++;
  for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
    u64 x = lk_power(bases[i], d, n);
    int passes = x == 1 || x == n - 1;
    for (int r = 1; r < s && !passes; r++) passes = (x = lk_multiply(x, x, n)) == n - 1;
    if (!passes) return 0;
  }
  return 1;
}

int lk_available(lk_path path) {
  if (path == LK_PORTABLE) return 1;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (path == LK_AVX2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  if (path == LK_AVX2) return 0;
#endif
#if defined(LK_EMULATED)
  return 1;
#elif defined(__x86_64__)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512ifma") && __builtin_cpu_supports("avx512vbmi") &&
         __builtin_cpu_supports("avx512vpopcntdq");
#else
  return 0;
#endif
}

const lk_operations *lk_operations_of(const lk_ring *ring) {
#if defined(LK_EMULATED) || defined(__x86_64__)
  if (ring->path == LK_IFMA) return &lk_ifma_operations;
#else
  (void)ring;
#endif
#if defined(__x86_64__)
  if (ring->path == LK_AVX2) return &lk_avx2_operations;
#endif
  return &lk_portable_operations;
}

/// The smallest primitive 8192-th root of unity.
static u64 smallest_root(u64 p) {
  u64 root = 0;
  for (u64 g = 2; !root; g++) {
    u64 candidate = lk_power(g, (p - 1) / (2 * N), p);
    if (lk_power(candidate, N, p) == p - 1) root = candidate;
  }
  u64 square = lk_multiply(root, root, p), smallest = root;
  for (int i = 1; i < N; i++) {
    root = lk_multiply(root, square, p);
    if (root < smallest) smallest = root;
  }
  return smallest;
}

static void set_lanes(u64 (*lanes)[2][8], const u64 *roots, const lk_ring *ring, u64 p, unsigned block) {
  for (unsigned lane = 0; lane < 8; lane++) {
    unsigned at = 8 * block + lane;
    unsigned from[7] = {512 + at,          1024 + 2 * at,     1024 + 2 * at + 1, 2048 + 4 * at,
                        2048 + 4 * at + 1, 2048 + 4 * at + 2, 2048 + 4 * at + 3};
    for (int i = 0; i < 7; i++) {
      lk_factor factor = lk_factor_of(ring, roots[from[i]], p);
      lanes[i][0][lane] = factor.value, lanes[i][1][lane] = factor.quotient;
    }
  }
}

static void init_prime(const lk_ring *ring, lk_prime *P, u64 p) {
  P->p = p, P->bits = 64 - (u64)__builtin_clzll(p), P->psi = smallest_root(p);
  P->lift = (((u64)1 << 40) / p + 1) * p;
  u64 powers[N], roots[N], inverses[N], inverse = lk_power(P->psi, p - 2, p);
  powers[0] = 1;
  for (int i = 1; i < N; i++) powers[i] = lk_multiply(powers[i - 1], P->psi, p);
  for (unsigned i = 0; i < N; i++) roots[i] = powers[lk_reversed(i, 12)];
  for (int i = 1; i < N; i++) powers[i] = lk_multiply(powers[i - 1], inverse, p);
  for (unsigned i = 0; i < N; i++) inverses[i] = powers[lk_reversed(i, 12)];
  for (int i = 0; i < 512; i++) {
    P->forward[i] = lk_factor_of(ring, roots[i], p);
    P->inverse[i] = lk_factor_of(ring, inverses[i], p);
  }
  for (unsigned block = 0; block < BLOCKS; block++) {
    set_lanes(P->forwardLanes[block], roots, ring, p, block);
    set_lanes(P->inverseLanes[block], inverses, ring, p, block);
  }
  P->scale = lk_factor_of(ring, lk_power(N, p - 2, p), p);
  for (u64 i = 0; i < 3; i++) P->fold[i] = lk_factor_of(ring, lk_power(2, i * ring->radix, p), p);
  P->high = lk_factor_of(ring, lk_power(2, 32, p), p);
}

size_t lk_context_words(void) { return sizeof(lk_ring) / 8; }

int lk_context_init(uint64_t *context, lk_path path, const uint64_t primes[2]) {
  lk_ring *ring = (lk_ring *)context;
  u64 limit = ((u64)1 << 52) / 7;
  if (primes[0] <= primes[1] || primes[0] >= limit || primes[1] <= 1 << 15) return 0;
  for (int i = 0; i < 2; i++)
    if (primes[i] % (2 * N) != 1 || !is_prime(primes[i])) return 0;
  memset(ring, 0, sizeof *ring);
  ring->path = path, ring->radix = path == LK_IFMA ? 52 : 64;
  for (int i = 0; i < 2; i++) init_prime(ring, &ring->prime[i], primes[i]);
  ring->dropped = lk_factor_of(ring, lk_power(primes[1] % primes[0], primes[0] - 2, primes[0]), primes[0]);
  return 1;
}
