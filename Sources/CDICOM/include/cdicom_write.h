#ifndef LDCT_CDICOM_WRITE_H
#define LDCT_CDICOM_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "cdicom.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What a derived image does not take over from its source. Texts end with a zero and are ASCII.
typedef struct {
    const char *instance_uid, *series_uid;
    const char *derivation, *series_description;
    /// YYYYMMDD and HHMMSS.
    const char *date, *time;
} cdicom_derivation;

/// The file of a CT image derived from another: patient, study, geometry and whatever else the source says are kept; new are instance
/// and series, the image type (DERIVED\SECONDARY), the derivation, a reference to the source, and pixels of 16 bits in HU, row by
/// row. Little endian with explicit types, nothing compressed. Values that belong to the old pixels (smallest and largest,
/// padding, lookup tables, icons, signatures) are left out. Any thread, one call at a time; the caller frees `*result`, which is set
/// where the status is `CDICOM_OK`.
cdicom_status cdicom_derive(
    const char *source, const cdicom_derivation *derivation, const int16_t *hu, size_t count, void **result,
    size_t *size);

#ifdef __cplusplus
}
#endif

#endif
