#ifndef LDCT_CONEDNN_SHIM_H
#define LDCT_CONEDNN_SHIM_H

#include <dnnl.h>

// Debian's oneDNN runs on GNU OpenMP, and has no call of its own for the number of threads. omp.h belongs to the
// compiler, not to a library, and clang does not find gcc's: hence the two prototypes, from the OpenMP specification.
extern void omp_set_num_threads(int num_threads);
extern int omp_get_max_threads(void);

#endif
