#ifndef LDCT_CHDF5_SHIM_H
#define LDCT_CHDF5_SHIM_H
#include <hdf5.h>
#endif
