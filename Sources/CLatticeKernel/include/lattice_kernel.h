// Arithmetic of a BFV scheme in R = Z[x]/(x^4096 + 1) modulo q = p1 p2: transforms, samplers, encryption, products by small
// kernels, and answers that give nothing away. Knows neither networks nor images.
//
// A polynomial has 4096 coefficients, a square of 64 rows of 64 to whoever stores images in it. In the *transform domain* it
// is held modulo one prime in transform order: place 64 k + 8 m + l holds the value at psi^(2 r + 1), r the 12 bits of
// 64 k + 8 l + m in reverse, psi the smallest primitive 8192-th root of unity. All paths give equal words everywhere:
//   ifma      AVX-512 IFMA, eight values at a time
//   avx2      AVX2 and FMA, four at a time where it matters
//   portable  plain C
//
// Everything about the parameters sits in one flat, immutable block (`context`), aligned to 64 bytes as are all blocks of words.
//
// Scheme: BFV (Fan and Vercauteren 2012) with coefficient packing as in Cheetah (Huang et al. 2022): c0 + c1 s = Delta m + e, s
// uniform ternary, e centred binomial of variance 10.5. With q = 1 mod 2^36, Delta = (q - 1) / 2^L is whole and a sum that wraps
// modulo 2^L costs noise 1. Set F is {562949953216513, 562854457712641} (log q 98.0), set P {140670446559233, 40961} (62.3).
//
// What an answer gives away. Without an encryption of zero c1 = sum w a with a known to the client: one elimination reads w. Without
// flooding its noise is sum w e with e known: least squares over a few uploads reads w. Both are needed, and then c1 is a sample of
// ring-LWE and c0's noise is within a small statistical distance of one that w has no part in (three uniform words: Fisher
// information 1.1405 / sigma^2). A seed names its purpose, the prime and an index, and is used for one message; the seeds of masks are
// public and drawn apart from all others, or the masks would give the errors away.
//
// Ranges. A product by a constant is below 2 p for every factor below 2^52 (64 bits in the portable path). Butterflies keep values
// below 4 p forwards and 2 p backwards (Harvey 2014). Kernels are expanded in three levels that each add a product below 2 p or the
// difference of 2 p and one: at most 7 p, hence p < 2^52 / 7. Sums of 52-bit halves have room for 4096 products in 64 bits.
#ifndef LDCT_LATTICE_KERNEL_H
#define LDCT_LATTICE_KERNEL_H

#include <stddef.h>
#include <stdint.h>

typedef enum { LK_IFMA = 0, LK_AVX2 = 1, LK_PORTABLE = 2 } lk_path;

enum {
  LK_DEGREE = 4096,
  LK_SIDE = 64,
  LK_SEED_BYTES = 32,
  LK_ERROR_BOUND = 21,      // of every coefficient of an error
  LK_JOBS = 16,             // independent parts of a product: eight of each prime
  LK_MOST_CHANNELS = 4096,  // that a sum of products has room for
  LK_MOST_ROWS = 8,         // of a kernel for lk_products, columns likewise
};

/// 1 when this processor can run the path.
int lk_available(lk_path path);
size_t lk_context_words(void);
/// Primes: both 1 mod 8192, the first below 2^49.19 (so that 7 p < 2^52) and above the second, which is above 2^15.
/// - Returns: 0 if they are not such primes.
int lk_context_init(uint64_t *context, lk_path path, const uint64_t primes[2]);

// ---- Randomness. A keystream is ChaCha20 (RFC 8439) under a seed; its nonce is purpose, prime, two zeros, index (little-endian).

typedef enum {
  LK_PURPOSE_MASK = 1,          // public: the uniform half of an upload
  LK_PURPOSE_KEY_MASK = 2,      // public: the uniform half of a public key
  LK_PURPOSE_SECRET = 17,       // the ternary secret
  LK_PURPOSE_KEY_ERROR = 18,    // the error of a public key
  LK_PURPOSE_ERROR = 19,        // the error of an upload
  LK_PURPOSE_ZERO = 20,         // the ternary factor of an encryption of zero
  LK_PURPOSE_ZERO_ERROR = 21,   // its error
  LK_PURPOSE_FLOOD = 22,        // the noise that hides the noise
} lk_purpose;

/// Test hook: told of every keystream that is started.
void lk_set_keystream_hook(void (*hook)(const uint8_t *seed, const uint8_t *nonce));
/// `bytes`, a multiple of 1024, of the keystream from block 0 on.
void lk_keystream(const uint64_t *context, uint8_t *out, size_t bytes, const uint8_t *seed, lk_purpose purpose, int prime,
                  uint64_t index);
/// Uniform residues modulo a prime: 64-bit words (32-bit ones for primes of at most 32 bits), as many low bits as the prime has,
/// those below the prime in order.
void lk_uniform(const uint64_t *context, uint64_t *residues, const uint8_t *seed, lk_purpose purpose, int prime, uint64_t index);
/// Fills memory from the system's generator.
void lk_random(void *memory, size_t bytes);

// ---- Transforms of residues below the prime, in place.

void lk_forward(const uint64_t *context, int prime, uint64_t *polynomial);
void lk_inverse(const uint64_t *context, int prime, uint64_t *polynomial);

// ---- Keys. A secret block and a public one hold factors of products, made for the context's path.

size_t lk_secret_words(void);
/// The ternary secret of a seed. - Returns: the sum of its coefficients' magnitudes.
uint64_t lk_secret_init(const uint64_t *context, uint64_t *secret, const uint8_t *seed, uint64_t redraw, uint64_t *workspace);
/// Packed residues of a polynomial modulo both primes.
size_t lk_packed_bytes(const uint64_t *context);
/// b = e - a s, packed; a from `maskSeed`, e from `errorSeed`.
void lk_public_make(const uint64_t *context, const uint64_t *secret, uint8_t *b, const uint8_t *errorSeed,
                    const uint8_t *maskSeed, uint64_t *workspace);
size_t lk_public_words(void);
/// - Returns: 0 if a residue of b is not below its prime.
int lk_public_init(const uint64_t *context, uint64_t *key, const uint8_t *b, const uint8_t *maskSeed, uint64_t *workspace);
/// Whether b + a s is as small as an error, which for another secret it is not. Takes the same time whatever the error is.
int lk_public_matches(const uint64_t *context, const uint64_t *key, const uint64_t *secret, uint64_t *workspace);

/// Words of the workspace every call takes that has one; it holds secrets afterwards.
size_t lk_workspace_words(void);

// ---- Uploads.

/// Encrypts one polynomial: c0 = Delta m + e - a s in the transform domain, packed modulo p1, then p2.
/// - plaintextBits: L in 14...36 with 2^L | q - 1; Delta = (q - 1) / 2^L.
/// - coefficients: m, within +-2^39.
void lk_encrypt(const uint64_t *context, const uint64_t *secret, unsigned plaintextBits, const int64_t *coefficients,
                const uint8_t *errorSeed, const uint8_t *maskSeed, uint64_t index, uint8_t *bytes, uint64_t *workspace);

/// Adds plaintext coefficients, within +-2^39, to an uploaded polynomial: c0 += Delta m.
void lk_add_plaintext(const uint64_t *context, unsigned plaintextBits, const int64_t *coefficients, uint8_t *bytes,
                      uint64_t *workspace);
/// 1 if all residues of an uploaded polynomial are below their primes.
int lk_check(const uint64_t *context, const uint8_t *bytes);
/// Words of `inputs`: polynomials in the order products read them, [prime][block of 32 places][polynomial][c0 | c1][32].
size_t lk_input_words(size_t polynomials);
/// Places polynomial `polynomial` of `polynomials`. - Returns: 0 if a residue is not below its prime.
int lk_receive(const uint64_t *context, uint64_t *inputs, size_t polynomials, size_t polynomial, const uint8_t *bytes,
               const uint8_t *maskSeed, uint64_t index, uint64_t *workspace);

// ---- Products by kernels, sums over input channels.

/// A layer's kernels w[output][channel][row][column]. `share` channels sit in one polynomial, each `shareRows` rows below the one
/// before it; the sum over polynomials is then the sum over channels.
typedef struct {
  uint32_t outputs, channels, rows, columns, share, shareRows;
} lk_kernels;

size_t lk_tap_count(const lk_kernels *kernels);
/// Kernels in the order products read them. Weights lie within +-32767; rows and columns in 1...LK_MOST_ROWS.
void lk_taps(const lk_kernels *kernels, int16_t *taps, const int32_t *weights);
/// Words of x^-shift modulo both primes as factors.
size_t lk_factor_words(void);
void lk_monomial(const uint64_t *context, uint64_t *factor, uint32_t shift);
size_t lk_product_workspace_words(const lk_kernels *kernels);
/// Words of `sums`: [prime][output][c0 | c1][4096].
size_t lk_sum_words(size_t outputs);
/// Part `job` (below LK_JOBS) of sums[o] = x^-shift sum_c sum_taps w[o][c][i][j] x^(64 (rows - 1 - i) + columns - 1 - j) inputs[c],
/// for each of `count` inputs. With the shift 64 (rows - 1 - P) + columns - 1 - P coefficient 64 r + c of a sum is the correlation
/// with padding P of the square of 64 x 64 at (r, c).
/// - factor: of x^-shift, or NULL.
void lk_products(const uint64_t *context, const lk_kernels *kernels, const int16_t *taps, const uint64_t *factor, size_t job,
                 const uint64_t *const *inputs, uint64_t *const *sums, size_t count, uint64_t *workspace);
/// The same for kernels of up to 64 rows and columns and padding P, one output, both primes: a transform for each channel.
size_t lk_wide_workspace_words(void);
void lk_wide_product(const uint64_t *context, const lk_kernels *kernels, int padding, const int32_t *weights, size_t output,
                     const uint64_t *inputs, uint64_t *sums, uint64_t *workspace);
/// sums[output] += multiplier x^-shift inputs[polynomial]; `factor` may be NULL.
void lk_add_scaled(const uint64_t *context, uint64_t *sums, size_t outputs, size_t output, const uint64_t *inputs,
                   size_t polynomials, size_t polynomial, int64_t multiplier, const uint64_t *factor);

// ---- Answers.

/// Coefficients start..<start + count of a polynomial.
typedef struct {
  uint32_t start, count;
} lk_run;

typedef struct {
  uint32_t plaintextBits;  // L
  uint32_t floodBits;      // width of each of three signed words that are added, at most 82; 0: none
  uint32_t addsZero;       // whether an encryption of zero is added
  uint32_t droppedBits;    // of c1
} lk_answer_format;

size_t lk_answer_bytes(const uint64_t *context, const lk_answer_format *format, size_t needed);
/// Protects a sum and makes it a message: zero and flooding, switch to p1, c0 at the coefficients of `runs` in L + 5 bits each,
/// padded with zeros to a multiple of eight, c1 whole. The sum is used up.
/// - addends: per coefficient of `runs`, or one for all (`addendCount` 1); within +-2^39.
void lk_answer(const uint64_t *context, const uint64_t *key, const lk_answer_format *format, uint64_t *sums, size_t outputs,
               size_t output, const int64_t *addends, size_t addendCount, const uint8_t *seed, uint64_t index, const lk_run *runs,
               size_t runCount, uint8_t *bytes, uint64_t *workspace);
/// Values at the coefficients of `runs`, in [-2^(L-1), 2^(L-1)).
/// - noise: NULL, or set to the largest distance of a phase from its value, in units of a plaintext step, if larger.
/// - Returns: 0 if c1 is not a switched polynomial.
int lk_open(const uint64_t *context, const uint64_t *secret, const lk_answer_format *format, const uint8_t *bytes,
            const lk_run *runs, size_t runCount, int64_t *values, double *noise, uint64_t *workspace);
/// The sum as it is, without any protection: coefficients of c0 and c1 below p1, then below p2. For attacks on such answers only.
void lk_unprotected(const uint64_t *context, const uint64_t *key, const lk_answer_format *format, uint64_t *sums, size_t outputs,
                    size_t output, const uint8_t *seed, uint64_t index, uint64_t *coefficients, uint64_t *workspace);

// ---- Memory.

/// Overwrites memory in a way the compiler keeps.
void lk_wipe(void *memory, size_t bytes);
/// Aligned to 64 bytes, not cleared.
uint64_t *lk_allocate(size_t words);
/// Wiped when it is released; no child process and no core file gets it.
uint64_t *lk_secret_allocate(size_t words);
void lk_secret_release(uint64_t *block, size_t words);
void lk_release(uint64_t *block, size_t words, int wipe);
/// Test hook: called with a block once it is wiped, before it is freed or kept.
void lk_set_release_hook(void (*hook)(const uint64_t *block, size_t words));

#endif
