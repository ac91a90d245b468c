#ifndef LDCT_ISOLATION_H
#define LDCT_ISOLATION_H

#ifdef __cplusplus
extern "C" {
#endif

/// What a child process that reads a stranger's file may take, beyond what it inherits.
#define ISOLATION_BYTES (1ul << 30)

/// Bounds this process, a child right after `fork`, for good: no file written, no core, no more than `ISOLATION_BYTES` of memory beyond
/// what it inherits, which includes what lies free between its parent's blocks, no open file but `keep` (-1: none) and `keep_too`,
/// nothing on the terminal. A crash ends it at once and in silence; an interruption from the terminal is its parent's to take.
///
/// Memory and files only: it still sees what its parent has in memory, and gives nothing but its answer.
void isolation_begin(int keep, int keep_too);

/// Lets this process compute for so many seconds from now; then it is killed.
void isolation_allow(unsigned seconds);

/// Hands this process's free memory back to the system, where the C library can: what lies free between blocks in use, too.
void isolation_give_back(void);

/// Lets all threads share one heap, where the C library has several: only so is what one thread frees the next one's. Before a second
/// thread has taken memory.
void isolation_share_heap(void);

/// Whether memory that is freed waits for its next use, all of it, or large blocks go back to the system at once.
void isolation_keep_freed(int keep);

#ifdef __cplusplus
}
#endif

#endif
