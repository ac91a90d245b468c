// VAES: two blocks an instruction in 256-bit vectors, sixteen in flight. Compiled for every x86-64, run only where ot_available
// says so.
#if defined(__x86_64__)
#include <immintrin.h>

#include "kernel.h"

#pragma clang attribute push(__attribute__((target("avx2,aes,vaes"))), apply_to = function)

typedef __m256i vec;
#define ROUND_KEY(at) _mm256_broadcastsi128_si256(_mm_loadu_si128(at))
#define ENCRYPT _mm256_aesenc_epi128
#define ENCRYPT_LAST _mm256_aesenclast_epi128
#include "aes.h"

#define NAME(function) function##_vaes
#include "template.h"

const ot_operations ot_vaes_operations = OPERATIONS;

#pragma clang attribute pop
#endif
