// Swift cannot import GMP's function-like macros, nor names redirected by them; each wrapper below states one.
#ifndef LDCT_CGMP_SHIM_H
#define LDCT_CGMP_SHIM_H
#include <gmp.h>

static inline int ldct_mpz_sgn(mpz_srcptr x) { return mpz_sgn(x); }
static inline const char *ldct_gmp_version(void) { return gmp_version; }
static inline int ldct_mpz_odd_p(mpz_srcptr x) { return mpz_odd_p(x); }
#endif
