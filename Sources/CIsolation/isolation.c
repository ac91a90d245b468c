#define _GNU_SOURCE
#include "isolation.h"

#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static void limit(int resource, rlim_t most) {
    struct rlimit both;
    if (getrlimit(resource, &both) != 0) return;
    if (most > both.rlim_max) most = both.rlim_max;
    both.rlim_cur = both.rlim_max = most;
    setrlimit(resource, &both);
}

// Writable memory of this process, in bytes. No stdio: another thread may have held its locks at the fork.
static rlim_t writable_bytes(void) {
    char text[256];
    const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    const ssize_t length = file < 0 ? -1 : read(file, text, sizeof text - 1);
    if (file >= 0) close(file);
    if (length <= 0) return 0;
    text[length] = 0;
    // size, resident, shared, code, unused, data
    const char *at = text;
    for (int field = 0; field < 5; field++) {
        while (*at >= '0' && *at <= '9') at++;
        while (*at == ' ') at++;
    }
    rlim_t pages = 0;
    for (; *at >= '0' && *at <= '9'; at++) pages = 10 * pages + (rlim_t)(*at - '0');
    return pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static void close_range_of(unsigned first, unsigned last) {
    if (first > last) return;
#ifdef SYS_close_range
    if (syscall(SYS_close_range, first, last, 0) == 0) return;
#endif
    const long most = sysconf(_SC_OPEN_MAX);
    for (unsigned fd = first; fd <= last && (most < 0 || fd < (unsigned)most); fd++) close((int)fd);
}

static void close_others(int keep, int keep_too) {
    const int low = keep < keep_too ? keep : keep_too, high = keep < keep_too ? keep_too : keep;
    unsigned next = STDERR_FILENO + 1;
    for (int i = 0; i < 2; i++) {
        const int kept = i == 0 ? low : high;
        if (kept < (int)next) continue;
        close_range_of(next, (unsigned)kept - 1);
        next = (unsigned)kept + 1;
    }
    close_range_of(next, ~0u);
}

void isolation_begin(int keep, int keep_too) {
    const int nowhere = open("/dev/null", O_RDWR);
    for (int fd = 0; nowhere >= 0 && fd <= STDERR_FILENO; fd++) dup2(nowhere, fd);
    close_others(keep, keep_too);
    const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS, SIGXCPU, SIGALRM, SIGPIPE};
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) signal(fatal[i], SIG_DFL);
    const int parents[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP};
    for (size_t i = 0; i < sizeof parents / sizeof *parents; i++) signal(parents[i], SIG_IGN);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    // What the parent keeps for its next layer is no memory of the child's. What lies free between its blocks stays on top of the limit.
    isolation_give_back();
    limit(RLIMIT_DATA, writable_bytes() + ISOLATION_BYTES);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_CORE, 0);
}

void isolation_allow(unsigned seconds) {
    struct rusage used;
    struct rlimit both;
    if (getrusage(RUSAGE_SELF, &used) != 0 || getrlimit(RLIMIT_CPU, &both) != 0) return;
    const rlim_t end = (rlim_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + 1 + seconds;
    both.rlim_cur = end < both.rlim_max ? end : both.rlim_max;
    setrlimit(RLIMIT_CPU, &both);
}

void isolation_give_back(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

void isolation_share_heap(void) {
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, 1);
#endif
}

void isolation_keep_freed(int keep) {
#ifdef __GLIBC__
    enum { MOST_MAPPINGS = 1 << 16, LARGE_BLOCK = 1 << 20, SMALL_REST = 1 << 17 };
    // Blocks of their own leave no holes behind, but each is made of fresh pages.
    mallopt(M_MMAP_MAX, keep ? 0 : MOST_MAPPINGS);
    mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
    mallopt(M_TRIM_THRESHOLD, keep ? -1 : SMALL_REST);
    if (!keep) malloc_trim(0);
#else
    (void)keep;
#endif
}
