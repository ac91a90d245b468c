#ifndef LDCT_HDF5_READER_PRIVATE_H
#define LDCT_HDF5_READER_PRIVATE_H

#include <hdf5.h>
#include <stdbool.h>
#include <stddef.h>

#include "hdf5_reader.h"

/// What is sent back: a reply and its bytes.
typedef struct {
    hdf5_reader_reply reply;
    char *bytes;
    size_t room;
} answer;

/// The file that this child reads.
typedef struct {
    hid_t file;
    uint64_t file_bytes;
    /// How links are followed: not out of the file. `left_file` tells that one led there.
    hid_t access;
    bool left_file;
    /// How values are converted: never with a loss. `lost` tells that one would be.
    hid_t transfer;
    bool lost;
    int memory;
} opened_file;

/// Opens a file for `answer_request`. - Returns: whether that worked; the answer says why not.
bool open_file(const char *path, opened_file *file, answer *answer);

/// Does what a request asks for; `object` and `name` end with a zero.
void answer_request(opened_file *file, const hdf5_reader_request *request, const char *object, const char *name, answer *answer);

#endif
