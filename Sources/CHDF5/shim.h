#ifndef LDCT_CHDF5_SHIM_H
#define LDCT_CHDF5_SHIM_H

#include <hdf5.h>

// HDF5 names its constants by macros that first call H5open(), or that cast: Swift imports neither.
#define LDCT_HDF5_CONSTANT(type, name, value) \
    static inline __attribute__((always_inline)) type name(void) { return value; }

// Types in memory: this machine's own.
LDCT_HDF5_CONSTANT(hid_t, chdf5_native_float, H5T_NATIVE_FLOAT)
LDCT_HDF5_CONSTANT(hid_t, chdf5_native_double, H5T_NATIVE_DOUBLE)
LDCT_HDF5_CONSTANT(hid_t, chdf5_native_uint8, H5T_NATIVE_UINT8)
LDCT_HDF5_CONSTANT(hid_t, chdf5_native_int16, H5T_NATIVE_INT16)
LDCT_HDF5_CONSTANT(hid_t, chdf5_native_int32, H5T_NATIVE_INT32)
LDCT_HDF5_CONSTANT(hid_t, chdf5_native_int64, H5T_NATIVE_INT64)

// Types in a file: little endian on every machine, so that equal data are equal bytes.
LDCT_HDF5_CONSTANT(hid_t, chdf5_file_float, H5T_IEEE_F32LE)
LDCT_HDF5_CONSTANT(hid_t, chdf5_file_double, H5T_IEEE_F64LE)
LDCT_HDF5_CONSTANT(hid_t, chdf5_file_uint8, H5T_STD_U8LE)
LDCT_HDF5_CONSTANT(hid_t, chdf5_file_int16, H5T_STD_I16LE)
LDCT_HDF5_CONSTANT(hid_t, chdf5_file_int32, H5T_STD_I32LE)
LDCT_HDF5_CONSTANT(hid_t, chdf5_file_int64, H5T_STD_I64LE)
LDCT_HDF5_CONSTANT(hid_t, chdf5_c_string, H5T_C_S1)
LDCT_HDF5_CONSTANT(size_t, chdf5_variable_length, H5T_VARIABLE)

// Property lists, spaces, access flags.
LDCT_HDF5_CONSTANT(hid_t, chdf5_default, H5P_DEFAULT)
LDCT_HDF5_CONSTANT(hid_t, chdf5_dataset_creation, H5P_DATASET_CREATE)
LDCT_HDF5_CONSTANT(hid_t, chdf5_file_access, H5P_FILE_ACCESS)
LDCT_HDF5_CONSTANT(hid_t, chdf5_link_creation, H5P_LINK_CREATE)
LDCT_HDF5_CONSTANT(hid_t, chdf5_whole_space, H5S_ALL)
LDCT_HDF5_CONSTANT(hid_t, chdf5_default_errors, H5E_DEFAULT)
LDCT_HDF5_CONSTANT(unsigned, chdf5_truncate, H5F_ACC_TRUNC)

// Printing of errors is off: they become Swift errors.
static inline herr_t chdf5_silence(void) { return H5Eset_auto2(H5E_DEFAULT, NULL, NULL); }

#undef LDCT_HDF5_CONSTANT
#endif
