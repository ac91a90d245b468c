#ifndef LDCT_CDICOM_H
#define LDCT_CDICOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Texts are cut to this length, terminating zero included.
#define CDICOM_TEXT 128

/// What a CT slice says about itself, as it stands in the file. Numbers that are absent are not set: see `has_`.
typedef struct {
    char modality[CDICOM_TEXT];
    char photometric[CDICOM_TEXT];
    char series_uid[CDICOM_TEXT];
    char series_description[CDICOM_TEXT];
    char patient_id[CDICOM_TEXT];
    char rescale_type[CDICOM_TEXT];
    char syntax[CDICOM_TEXT];
    /// Name and text of the first element that should hold decimal numbers and does not.
    char no_number[CDICOM_TEXT], no_number_text[CDICOM_TEXT];
    int32_t rows, columns, samples, frames;
    int32_t bits_allocated, bits_stored, high_bit;
    bool is_signed;
    bool has_rescale, has_lookup_table;
    double slope, intercept;
    bool has_padding;
    /// Stored values that stand for no measurement: from one to the other, both included, in either order.
    int32_t padding, padding_limit;
    bool has_position, has_orientation, has_spacing, has_thickness;
    /// mm; row and column direction; mm between rows and columns.
    double position[3], orientation[6], spacing[2], thickness;
} cdicom_header;

typedef enum {
    CDICOM_OK = 0,
    /// Not a DICOM file, or damaged before its pixels.
    CDICOM_NOT_DICOM,
    /// No pixels, or a kind that cannot be decoded.
    CDICOM_NO_IMAGE,
    /// Fewer pixels than the header promises, or a damaged code stream.
    CDICOM_DAMAGED,
    CDICOM_NO_MEMORY,
    /// A transfer syntax that is not decoded here: `syntax` is set.
    CDICOM_SYNTAX,
    /// Reading did not end in time.
    CDICOM_ENDLESS,
} cdicom_status;

/// Reads the elements before the pixels. Any thread, one call at a time.
cdicom_status cdicom_read_header(const char *path, cdicom_header *header);

/// Decodes the one frame of a grey image, of any transfer syntax, into stored values: row by row, `count` = rows x columns,
/// without the bits above those stored, sign extended. One call at a time.
cdicom_status cdicom_read_values(const char *path, int32_t *values, size_t count);

#ifdef __cplusplus
}
#endif

// The module has one header.
#include "cdicom_write.h"

#endif
