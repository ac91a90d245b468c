#include "paillier_kernel.h"
int ldct_kernel_placeholder(void) { return 0; }
