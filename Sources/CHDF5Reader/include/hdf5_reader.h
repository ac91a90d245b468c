#ifndef LDCT_HDF5_READER_H
#define LDCT_HDF5_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// Reads an HDF5 file in a child process of bounded memory and time: libhdf5 follows what a damaged file says out of its memory,
/// and dies there alone.
///
/// The parent sends a request, followed by the bytes of two names, and gets a reply, followed by `length` bytes. Values of datasets
/// come through memory that both share.

typedef enum {
    /// The names in a group, each as its 32-bit length and its bytes.
    HDF5_READER_MEMBERS,
    /// Whether an object is there: ok or missing.
    HDF5_READER_EXISTS,
    /// Type and shape of a dataset.
    HDF5_READER_DATASET,
    /// `count` steps of a dataset's first axis from `first`, or all of it, into the shared memory of `bytes` bytes.
    HDF5_READER_VALUES,
    /// All strings of a dataset, as names are given.
    HDF5_READER_STRINGS,
    /// The names of an object's attributes.
    HDF5_READER_ATTRIBUTES,
    /// Type and shape of an attribute.
    HDF5_READER_ATTRIBUTE,
    /// An attribute's numbers as `type`, or its strings.
    HDF5_READER_ATTRIBUTE_VALUES,
    HDF5_READER_ATTRIBUTE_STRINGS,
} hdf5_reader_operation;

typedef enum {
    HDF5_READER_OK,
    HDF5_READER_MISSING,
    HDF5_READER_NOT_A_DATASET,
    /// The values lie in another file, or in other datasets; the text says by what.
    HDF5_READER_ELSEWHERE,
    /// More values are declared than the file holds; the text says how many bytes of each.
    HDF5_READER_NOT_STORED,
    /// A filter that this library lacks; the text names it.
    HDF5_READER_FILTER,
    /// A value that the type asked for cannot hold.
    HDF5_READER_LOSSY,
    /// Anything else that the library refused; the text is its reason.
    HDF5_READER_REFUSED,
} hdf5_reader_status;

/// What kind of value is stored.
typedef enum {
    HDF5_READER_INTEGER,
    HDF5_READER_FLOAT,
    HDF5_READER_TEXT,
    HDF5_READER_ENUMERATION,
    HDF5_READER_COMPOUND,
    HDF5_READER_OTHER,
} hdf5_reader_class;

/// A type of this machine.
typedef enum {
    HDF5_READER_FLOAT32,
    HDF5_READER_FLOAT64,
    HDF5_READER_UINT8,
    HDF5_READER_INT16,
    HDF5_READER_INT32,
    HDF5_READER_INT64,
} hdf5_reader_type;

#define HDF5_READER_RANK 32
#define HDF5_READER_ALL UINT64_MAX
/// Added to a type: values follow the reply, where the shared memory could not be made long enough (a limit on file sizes).
#define HDF5_READER_INLINE 256u

typedef struct {
    uint32_t operation, type;
    uint64_t first, count, bytes;
    /// Of the object's path and of the attribute's name.
    uint32_t object_length, name_length;
} hdf5_reader_request;

typedef struct {
    uint32_t status;
    uint32_t value_class, value_bytes, is_signed;
    uint32_t rank, unused;
    uint64_t shape[HDF5_READER_RANK];
    uint64_t length;
} hdf5_reader_reply;

typedef struct {
    pid_t process;
    /// Requests and replies; memory for values.
    int channel, memory;
} hdf5_reader;

/// Starts the child, which opens `path` and sends a reply that says whether it could. One call at a time, and none while another
/// thread is inside libhdf5.
/// - Returns: 0, or an errno.
int hdf5_reader_start(const char *path, hdf5_reader *reader);

/// Sends or receives all of it on either end's channel. - Returns: whether the other end took or gave so much.
bool hdf5_reader_send(int channel, const void *source, size_t count);
bool hdf5_reader_receive(int channel, void *target, size_t count);

/// Ends the child of a reader that gave no answer.
/// - Returns: the signal that it had died of, 0 if none is known.
int hdf5_reader_cause(const hdf5_reader *reader);

/// Ends the child and forgets it.
void hdf5_reader_end(const hdf5_reader *reader);

#endif
