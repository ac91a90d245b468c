// Memory for secrets, and what is left of them elsewhere: one for all kernels.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Told of a block once it is wiped and before it is freed or kept: for tests.
typedef void (*sm_hook)(const uint64_t *block, size_t words);

/// Fills memory from the system's generator, or ends the process.
void sm_random(void *memory, size_t bytes);

/// Zeros that no optimiser takes away.
void sm_wipe(void *memory, size_t bytes);

/// Zeros in every vector register that a function may change: what is in them reaches the stack later, as the dynamic linker saves
/// them all when it resolves a function.
void sm_clear_registers(void);

/// Asks for pages of 2 MiB under memory that is about to be written: a fresh page of 4 KiB takes as long as filling it. Only speed
/// depends on it: where the system has none to give, or the memory is less than a few of them, nothing happens.
void sm_prefer_large_pages(void *memory, size_t bytes);

/// Words at a multiple of 64 bytes, undefined. Ends the process where there is no memory, as GMP does: there is no state to go on from.
uint64_t *sm_allocate(size_t words);

/// Words, zero, on pages of their own, which a child process gets empty - it may be one that reads a stranger's file - and a core file
/// does without. Where the system cannot do that, nothing is lost but this.
uint64_t *sm_secret_allocate(size_t words);
/// Wipes and frees them; from 1 MiB on they are kept, wiped, for the next of about that size, as long as large blocks in use and kept
/// take no more than was in use at once before. - Parameter hook: or none.
void sm_secret_release(uint64_t *block, size_t words, sm_hook hook);
/// Frees what is kept, for a process that has nothing to do for a while.
void sm_give_back_kept(void);
/// Bytes that are kept.
size_t sm_kept_bytes(void);
