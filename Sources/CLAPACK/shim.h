#ifndef LDCT_CLAPACK_SHIM_H
#define LDCT_CLAPACK_SHIM_H
#include <lapacke.h>
#endif
