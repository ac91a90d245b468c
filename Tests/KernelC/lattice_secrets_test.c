// No branch and no address of the lattice kernel depends on a secret. Built with MemorySanitizer: seeds and plaintexts are marked as
// not initialised, and the sanitizer reports every branch on, and every address made of, anything that came from them. What leaves
// as public (packed keys, uploads, answers) is unmarked where it leaves. Every path; a deliberate branch shows that it would be found.
//
//   lattice_secrets_test            with argument `control`: branches on a secret, and must be stopped
#include <sanitizer/msan_interface.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel.h"

static const uint64_t SETS[2][2] = {{562949953216513, 562854457712641}, {140670446559233, 40961}};

static void secret_seed(uint8_t *seed) {
  lk_random(seed, 32);
  __msan_poison(seed, 32);
}

static void run(lk_path path, int set, lk_answer_format format) {
  uint8_t s[32], keyError[32], keyMask[32], error[32], mask[32], zero[32];
  secret_seed(s), secret_seed(keyError), secret_seed(error), secret_seed(zero);
  lk_random(keyMask, 32), lk_random(mask, 32);
  uint64_t *context = lk_allocate(lk_context_words()), *workspace = lk_allocate(lk_workspace_words());
  uint64_t *secret = lk_allocate(lk_secret_words()), *key = lk_allocate(lk_public_words());
  if (!lk_context_init(context, path, SETS[set])) abort();
  size_t packed = lk_packed_bytes(context), answer = lk_answer_bytes(context, &format, 56 * 56);
  uint8_t *b = malloc(packed), *upload = malloc(packed), *bytes = malloc(answer);
  int64_t *image = (int64_t *)lk_allocate(LK_DEGREE), values[56 * 56], bias = 7;
  __msan_poison(image, LK_DEGREE * 8), __msan_poison(&bias, 8);
  // Key and upload.
  lk_secret_init(context, secret, s, 0, workspace);
  lk_public_make(context, secret, b, keyError, keyMask, workspace);
  __msan_unpoison(b, packed);
  if (!lk_public_init(context, key, b, keyMask, workspace)) abort();
  lk_encrypt(context, secret, format.plaintextBits, image, error, mask, 0, upload, workspace);
  __msan_unpoison(upload, packed);
  // The server: weights are secret towards the client.
  lk_kernels kernels = {1, 1, 5, 5, 1, 0};
  int32_t weights[25];
  __msan_poison(weights, sizeof weights);
  int16_t *taps = malloc(lk_tap_count(&kernels) * 2);
  lk_taps(&kernels, taps, weights);
  uint64_t *inputs = lk_allocate(lk_input_words(1)), *sums = lk_allocate(lk_sum_words(1));
  uint64_t *scratch = lk_allocate(lk_product_workspace_words(&kernels)), *factor = lk_allocate(lk_factor_words());
  if (!lk_receive(context, inputs, 1, 0, upload, mask, 0, workspace)) abort();
  lk_monomial(context, factor, 260);
  const uint64_t *in[1] = {inputs};
  uint64_t *const out[1] = {sums};
  for (size_t job = 0; job < LK_JOBS; job++) lk_products(context, &kernels, taps, factor, job, in, out, 1, scratch);
  lk_run runs[56];
  for (uint32_t i = 0; i < 56; i++) runs[i] = (lk_run){64 * i, 56};
  lk_answer(context, key, &format, sums, 1, 0, &bias, 1, zero, 0, runs, 56, bytes, workspace);
  __msan_unpoison(bytes, answer);
  if (!lk_open(context, secret, &format, bytes, runs, 56, values, NULL, workspace)) abort();
  lk_release(context, lk_context_words(), 1), lk_release(workspace, lk_workspace_words(), 1);
  lk_release(secret, lk_secret_words(), 1), lk_release(key, lk_public_words(), 1);
  lk_release((uint64_t *)image, LK_DEGREE, 1), lk_release(inputs, lk_input_words(1), 0), lk_release(sums, lk_sum_words(1), 0);
  lk_release(scratch, lk_product_workspace_words(&kernels), 0), lk_release(factor, lk_factor_words(), 0);
  free(b), free(upload), free(bytes), free(taps);
}

int main(int argc, char **argv) {
  (void)argv;
  if (argc > 1) {
    uint8_t s[32];
    secret_seed(s);
    printf("%s\n", s[0] & 1 ? "odd" : "even");
    return 0;
  }
  for (lk_path path = LK_IFMA; path <= LK_PORTABLE; path++) {
    if (!lk_available(path)) continue;
    run(path, 0, (lk_answer_format){33, 63, 1, 1});
    run(path, 0, (lk_answer_format){30, 66, 1, 3});
    run(path, 1, (lk_answer_format){33, 0, 0, 1});
  }
  printf("lattice kernel: no branch and no address depends on a secret, on any path\n");
  return 0;
}
