#ifndef LDCT_CONEDNN_SHIM_H
#define LDCT_CONEDNN_SHIM_H
#include <dnnl.h>
#endif
