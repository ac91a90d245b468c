// AES-NI: one block an instruction, eight in flight. Compiled for every x86-64, run only where ot_available says so.
#if defined(__x86_64__)
#include <immintrin.h>

#include "kernel.h"

#pragma clang attribute push(__attribute__((target("sse4.1,aes"))), apply_to = function)

typedef __m128i vec;
#define ROUND_KEY(at) _mm_loadu_si128(at)
#define ENCRYPT _mm_aesenc_si128
#define ENCRYPT_LAST _mm_aesenclast_si128
#include "aes.h"

#define NAME(function) function##_aesni
#include "template.h"

const ot_operations ot_aesni_operations = OPERATIONS;

#pragma clang attribute pop
#endif
