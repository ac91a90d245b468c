// VAES in 512-bit vectors: four blocks an instruction, thirty-two in flight, and a plane a register. Compiled for every x86-64, run
// only where ot_available says so.
#if defined(__x86_64__)
#include <immintrin.h>

#include "kernel.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,aes,vaes"))), apply_to = function)

typedef __m512i vec;
#define ROUND_KEY(at) _mm512_broadcast_i32x4(_mm_loadu_si128(at))
#define ENCRYPT _mm512_aesenc_epi128
#define ENCRYPT_LAST _mm512_aesenclast_epi128
#include "aes.h"

#define NAME(function) function##_vaes512
#include "template.h"

const ot_operations ot_vaes512_operations = OPERATIONS;

#pragma clang attribute pop
#endif
