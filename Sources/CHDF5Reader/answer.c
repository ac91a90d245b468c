#define _GNU_SOURCE
#include "reader.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

// Bytes of an attribute, of names or of strings: far beyond any honest one.
enum { most_bytes = 1 << 26 };

// No compression of this library makes more bytes of one (deflate: 1032), and below the second bound nothing has to be proven.
enum { most_expansion = 1100, small_enough = 1 << 20 };

// MARK: What is said

static void add(answer *answer, const void *bytes, size_t count) {
    const size_t length = answer->reply.length;
    if (length + count > answer->room) {
        answer->room = 2 * (length + count);
        answer->bytes = realloc(answer->bytes, answer->room);
        if (answer->bytes == NULL) abort();
    }
    if (count > 0) memcpy(answer->bytes + length, bytes, count);
    answer->reply.length = length + count;
}

static void add_text(answer *answer, const char *text, size_t length) {
    const uint32_t count = (uint32_t)length;
    add(answer, &count, sizeof count);
    add(answer, text, count);
}

// Always false: what cannot be done is said in passing.
static bool refuse(answer *answer, hdf5_reader_status status, const char *text) {
    answer->reply.status = status;
    answer->reply.length = 0;
    add(answer, text, strlen(text));
    return false;
}

static herr_t innermost(unsigned depth, const H5E_error2_t *error, void *target) {
    if (depth == 0 && error->desc != NULL) snprintf(target, 256, "%s", error->desc);
    return 0;
}

static bool refuse_by_library(answer *answer) {
    char text[256] = "no reason given";
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, innermost, text);
    return refuse(answer, HDF5_READER_REFUSED, text);
}

// MARK: The file and its objects

static herr_t stay_inside(const char *a, const char *b, const char *c, const char *d, unsigned *flags, hid_t access, void *left) {
    (void)a, (void)b, (void)c, (void)d, (void)flags, (void)access;
    *(bool *)left = true;
    return -1;
}

// A value may become another type if it stays what it is; a float may become the nearest shorter one.
static H5T_conv_ret_t no_loss(H5T_conv_except_t kind, hid_t from, hid_t to, void *source, void *target, void *lost) {
    (void)to, (void)target;
    if (kind == H5T_CONV_EXCEPT_PINF || kind == H5T_CONV_EXCEPT_NINF || kind == H5T_CONV_EXCEPT_NAN) return H5T_CONV_UNHANDLED;
    if (H5Tequal(from, H5T_NATIVE_DOUBLE) > 0) {
        double value;
        memcpy(&value, source, sizeof value);
        if (isinf(value)) return H5T_CONV_UNHANDLED;
    }
    *(bool *)lost = true;
    return H5T_CONV_ABORT;
}

bool open_file(const char *path, opened_file *file, answer *answer) {
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    struct stat status;
    if (stat(path, &status) != 0) return refuse(answer, HDF5_READER_MISSING, "cannot be opened");
    file->file_bytes = (uint64_t)status.st_size;
    if (H5Fis_hdf5(path) <= 0) return refuse(answer, HDF5_READER_REFUSED, "no HDF5 signature");
    file->file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (file->file < 0) return refuse_by_library(answer);
    file->access = H5Pcreate(H5P_LINK_ACCESS);
    file->transfer = H5Pcreate(H5P_DATASET_XFER);
    if (H5Pset_elink_cb(file->access, stay_inside, &file->left_file) < 0
        || H5Pset_type_conv_cb(file->transfer, no_loss, &file->lost) < 0)
        return refuse_by_library(answer);
    return true;
}

// Whether every link on the way is there; the library looks one link deep.
static bool is_there(opened_file *file, const char *object) {
    char path[1 << 16];
    const size_t length = strlen(object);
    if (length >= sizeof path) return false;
    for (size_t end = 1; end <= length; end++) {
        if (object[end] != '/' && object[end] != 0) continue;
        memcpy(path, object, end);
        path[end] = 0;
        if (end == 1 && path[0] == '/') continue;
        if (object[end - 1] == '/') continue;
        if (H5Lexists(file->file, path, file->access) <= 0) return false;
    }
    return strspn(object, "/") == length || H5Oexists_by_name(file->file, object, file->access) > 0;
}

// - Returns: an identifier to close, negative where the answer says why there is none.
static hid_t open_object(opened_file *file, const char *object, answer *answer) {
    const char *path = *object == 0 ? "/" : object;
    file->left_file = false;
    H5Eclear2(H5E_DEFAULT);
    const hid_t id = H5Oopen(file->file, path, file->access);
    if (id >= 0) return id;
    if (file->left_file) {
        refuse(answer, HDF5_READER_ELSEWHERE, "behind a link to another file");
    } else if (!is_there(file, path)) {
        refuse(answer, HDF5_READER_MISSING, "missing");
    } else {
        H5Eclear2(H5E_DEFAULT);
        const hid_t again = H5Oopen(file->file, path, file->access);
        if (again >= 0) return again;
        refuse_by_library(answer);
    }
    return -1;
}

static void describe_type(hid_t type, answer *answer) {
    hdf5_reader_reply *reply = &answer->reply;
    reply->value_bytes = (uint32_t)H5Tget_size(type);
    reply->is_signed = 1;
    switch (H5Tget_class(type)) {
        case H5T_INTEGER:
            reply->value_class = HDF5_READER_INTEGER;
            reply->is_signed = H5Tget_sign(type) != H5T_SGN_NONE;
            break;
        case H5T_FLOAT: reply->value_class = HDF5_READER_FLOAT; break;
        case H5T_STRING: reply->value_class = HDF5_READER_TEXT; break;
        case H5T_ENUM: reply->value_class = HDF5_READER_ENUMERATION; break;
        case H5T_COMPOUND: reply->value_class = HDF5_READER_COMPOUND; break;
        default: reply->value_class = HDF5_READER_OTHER;
    }
}

// The number of values; negative where the shape cannot be read. Products beyond 2^62 count as that.
static int64_t describe_shape(hid_t space, answer *answer) {
    hdf5_reader_reply *reply = &answer->reply;
    if (H5Sget_simple_extent_type(space) == H5S_NULL) {
        reply->rank = 1;
        reply->shape[0] = 0;
        return 0;
    }
    hsize_t lengths[HDF5_READER_RANK];
    const int rank = H5Sget_simple_extent_ndims(space);
    if (rank < 0 || rank > HDF5_READER_RANK || H5Sget_simple_extent_dims(space, lengths, NULL) < 0) return -1;
    reply->rank = (uint32_t)rank;
    uint64_t count = 1;
    bool is_empty = false;
    for (int i = 0; i < rank; i++) {
        reply->shape[i] = lengths[i];
        is_empty = is_empty || lengths[i] == 0;
        if (__builtin_mul_overflow(count, (uint64_t)lengths[i], &count) || count > 1ull << 62) count = 1ull << 62;
    }
    return is_empty ? 0 : (int64_t)count;
}

// MARK: Datasets

// A dataset with what is known of it. Negative identifiers where it could not be opened.
typedef struct {
    hid_t id, type, space;
    int64_t count;
} dataset;

static void close_dataset(dataset *set) {
    if (set->space >= 0) H5Sclose(set->space);
    if (set->type >= 0) H5Tclose(set->type);
    if (set->id >= 0) H5Oclose(set->id);
}

static bool open_dataset(opened_file *file, const char *object, dataset *set, answer *answer) {
    *set = (dataset){-1, -1, -1, 0};
    set->id = open_object(file, object, answer);
    if (set->id < 0) return false;
    if (H5Iget_type(set->id) != H5I_DATASET) return refuse(answer, HDF5_READER_NOT_A_DATASET, "not a dataset");
    set->type = H5Dget_type(set->id);
    set->space = H5Dget_space(set->id);
    if (set->type < 0 || set->space < 0) return refuse_by_library(answer);
    describe_type(set->type, answer);
    set->count = describe_shape(set->space, answer);
    return set->count >= 0 || refuse_by_library(answer);
}

// Filters that Python's writers use, by their registered numbers.
static const char *known_filter(H5Z_filter_t filter) {
    switch (filter) {
        case 307: return "bzip2";
        case 32000: return "lzf";
        case 32001: return "blosc";
        case 32004: return "lz4";
        case 32008: return "bitshuffle";
        case 32013: return "zfp";
        case 32015: return "zstd";
        case 32017: return "sz";
        case 32026: return "blosc2";
        default: return NULL;
    }
}

static bool has_filters(hid_t creation, answer *answer) {
    const int count = H5Pget_nfilters(creation);
    if (count < 0) return refuse_by_library(answer);
    for (int i = 0; i < count; i++) {
        unsigned flags = 0, configuration = 0;
        size_t values = 0;
        char name[64] = "", text[128];
        const H5Z_filter_t filter =
            H5Pget_filter2(creation, (unsigned)i, &flags, &values, NULL, sizeof name, name, &configuration);
        if (filter < 0) return refuse_by_library(answer);
        if (H5Zfilter_avail(filter) > 0) continue;
        name[sizeof name - 1] = 0;
        for (char *at = name; *at != 0; at++) {
            if (*at < ' ' || *at > '~') *at = '?';
        }
        const char *known = known_filter(filter);
        snprintf(text, sizeof text, "%s, number %d", known != NULL ? known : *name != 0 ? name : "unknown", (int)filter);
        return refuse(answer, HDF5_READER_FILTER, text);
    }
    return true;
}

// Whether every chunk has been written, or the one run of bytes; `H5Dget_space_status` is wrong about compressed ones before 1.12.
// - Returns: negative for an error.
static htri_t is_complete(const dataset *set, hid_t creation) {
    const H5D_layout_t layout = H5Pget_layout(creation);
    if (layout == H5D_COMPACT) return true;
    if (layout != H5D_CHUNKED) return H5Dget_offset(set->id) != HADDR_UNDEF;
    hsize_t lengths[HDF5_READER_RANK], chunk[HDF5_READER_RANK], written = 0;
    const int rank = H5Sget_simple_extent_dims(set->space, lengths, NULL);
    if (rank < 1 || H5Pget_chunk(creation, rank, chunk) != rank) return -1;
    if (H5Dget_num_chunks(set->id, set->space, &written) < 0) return -1;
    uint64_t wanted = 1;
    for (int i = 0; i < rank; i++) {
        if (chunk[i] == 0 || __builtin_mul_overflow(wanted, (lengths[i] - 1) / chunk[i] + 1, &wanted)) return -1;
    }
    return written >= wanted;
}

// Whether the values are in this file, all of them, and no more are declared than its bytes can hold.
static bool is_stored(opened_file *file, const dataset *set, hid_t creation, answer *answer) {
    if (H5Pget_layout(creation) == H5D_VIRTUAL) return refuse(answer, HDF5_READER_ELSEWHERE, "a virtual dataset, made of others");
    if (H5Pget_external_count(creation) != 0) return refuse(answer, HDF5_READER_ELSEWHERE, "in a raw file outside this one");
    if (!has_filters(creation, answer)) return false;
    if (set->count == 0) return true;
    const htri_t complete = is_complete(set, creation);
    if (complete < 0) return refuse_by_library(answer);
    const uint64_t stored = H5Dget_storage_size(set->id);
    uint64_t declared = 0;
    if (__builtin_mul_overflow((uint64_t)set->count, (uint64_t)H5Tget_size(set->type), &declared)) declared = UINT64_MAX;
    char text[128];
    if (!complete || stored > file->file_bytes
        || (declared > small_enough && declared / most_expansion > stored)) {
        snprintf(text, sizeof text, "%llu bytes of values, %llu of them stored%s", (unsigned long long)declared,
            (unsigned long long)stored, stored > file->file_bytes ? " in a shorter file" : "");
        return refuse(answer, HDF5_READER_NOT_STORED, text);
    }
    return true;
}

static bool require_stored(opened_file *file, const dataset *set, answer *answer) {
    const hid_t creation = H5Dget_create_plist(set->id);
    if (creation < 0) return refuse_by_library(answer);
    const bool result = is_stored(file, set, creation, answer);
    H5Pclose(creation);
    return result;
}

static hid_t native(uint32_t type) {
    switch (type) {
        case HDF5_READER_FLOAT32: return H5T_NATIVE_FLOAT;
        case HDF5_READER_FLOAT64: return H5T_NATIVE_DOUBLE;
        case HDF5_READER_UINT8: return H5T_NATIVE_UINT8;
        case HDF5_READER_INT16: return H5T_NATIVE_INT16;
        case HDF5_READER_INT32: return H5T_NATIVE_INT32;
        case HDF5_READER_INT64: return H5T_NATIVE_INT64;
        default: return -1;
    }
}

// Selects steps of the first axis in both spaces. - Returns: how many values these are; negative if they are not there.
static int64_t select_steps(const dataset *set, uint64_t first, uint64_t count, hid_t *memory) {
    hsize_t lengths[HDF5_READER_RANK], start[HDF5_READER_RANK] = {0};
    const int rank = H5Sget_simple_extent_ndims(set->space);
    if (rank < 1 || H5Sget_simple_extent_dims(set->space, lengths, NULL) < 0) return -1;
    if (first > lengths[0] || count > lengths[0] - first) return -1;
    const int64_t values = lengths[0] == 0 ? 0 : set->count / (int64_t)lengths[0] * (int64_t)count;
    start[0] = first;
    lengths[0] = count;
    if (values == 0) return 0;
    *memory = H5Screate_simple(rank, lengths, NULL);
    if (*memory < 0 || H5Sselect_hyperslab(set->space, H5S_SELECT_SET, start, NULL, lengths, NULL) < 0) return -1;
    return values;
}

static bool read_values(opened_file *file, const hdf5_reader_request *request, dataset *set, answer *answer) {
    const bool is_inline = request->type & HDF5_READER_INLINE;
    const hid_t type = native(request->type & ~HDF5_READER_INLINE);
    hid_t memory = H5S_ALL;
    const bool is_whole = request->count == HDF5_READER_ALL;
    const int64_t count = is_whole ? set->count : select_steps(set, request->first, request->count, &memory);
    bool result = false;
    if (type < 0 || count < 0 || (uint64_t)count * H5Tget_size(type) != request->bytes || (is_whole && request->first != 0)) {
        refuse(answer, HDF5_READER_REFUSED, "a range that is not there");
    } else if (count == 0) {
        result = true;
    } else {
        void *target = mmap(NULL, request->bytes, PROT_READ | PROT_WRITE, is_inline ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED,
            is_inline ? -1 : file->memory, 0);
        file->lost = false;
        if (target == MAP_FAILED) {
            refuse(answer, HDF5_READER_REFUSED, "no memory for the values");
        } else if (H5Dread(set->id, type, memory, is_whole ? H5S_ALL : set->space, file->transfer, target) < 0) {
            if (file->lost) {
                refuse(answer, HDF5_READER_LOSSY, "");
            } else {
                refuse_by_library(answer);
            }
        } else {
            if (is_inline) add(answer, target, request->bytes);
            result = true;
        }
        if (target != MAP_FAILED) munmap(target, request->bytes);
    }
    if (memory != H5S_ALL) H5Sclose(memory);
    return result;
}

// MARK: Strings

// Reads strings through a dataset's or an attribute's own call.
typedef struct {
    hid_t id;
    bool is_attribute;
    uint32_t unused;
} string_source;

static herr_t read_from(string_source source, hid_t type, void *target) {
    if (source.is_attribute) return H5Aread(source.id, type, target);
    return H5Dread(source.id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, target);
}

static bool read_variable_strings(string_source source, hid_t type, int64_t count, answer *answer) {
    if (count > most_bytes / (int64_t)sizeof(char *)) return refuse(answer, HDF5_READER_REFUSED, "more strings than are read");
    char **texts = calloc((size_t)count, sizeof *texts);
    if (texts == NULL || read_from(source, type, texts) < 0) return refuse_by_library(answer);
    for (int64_t i = 0; i < count; i++) {
        const size_t length = texts[i] == NULL ? 0 : strlen(texts[i]);
        if (answer->reply.length + length > most_bytes) return refuse(answer, HDF5_READER_REFUSED, "more text than is read");
        add_text(answer, texts[i], length);
        H5free_memory(texts[i]);
    }
    free(texts);
    return true;
}

static bool read_fixed_strings(string_source source, hid_t type, int64_t count, answer *answer) {
    const size_t length = H5Tget_size(type);
    uint64_t bytes = 0;
    if (length == 0 || __builtin_mul_overflow((uint64_t)count, (uint64_t)length, &bytes) || bytes > most_bytes)
        return refuse(answer, HDF5_READER_REFUSED, "more text than is read");
    char *texts = calloc((size_t)bytes, 1);
    if (texts == NULL || read_from(source, type, texts) < 0) return refuse_by_library(answer);
    const bool has_blanks = H5Tget_strpad(type) == H5T_STR_SPACEPAD;
    for (int64_t i = 0; i < count; i++) {
        const char *text = texts + (size_t)i * length;
        size_t used = has_blanks ? length : strnlen(text, length);
        while (has_blanks && used > 0 && text[used - 1] == ' ') used--;
        add_text(answer, text, used);
    }
    free(texts);
    return true;
}

static bool read_strings(string_source source, hid_t type, int64_t count, answer *answer) {
    if (count == 0) return true;
    return H5Tis_variable_str(type) > 0 ? read_variable_strings(source, type, count, answer)
                                        : read_fixed_strings(source, type, count, answer);
}

// MARK: Attributes

static bool read_numbers(hid_t attribute, hid_t type, int64_t count, uint32_t wanted, answer *answer) {
    const bool is_unsigned_word =
        H5Tget_class(type) == H5T_INTEGER && H5Tget_sign(type) == H5T_SGN_NONE && H5Tget_size(type) >= 8;
    uint64_t *words = calloc((size_t)count + 1, sizeof *words);
    if (words == NULL) return refuse(answer, HDF5_READER_REFUSED, "no memory for the values");
    const bool is_whole = H5Tget_class(type) == H5T_INTEGER;
    const hid_t native = !is_whole ? H5T_NATIVE_DOUBLE : is_unsigned_word ? H5T_NATIVE_UINT64 : H5T_NATIVE_INT64;
    bool result = H5Aread(attribute, native, words) >= 0;
    if (!result) refuse_by_library(answer);
    for (int64_t i = 0; result && is_whole && i < count; i++) {
        const double number = is_unsigned_word ? (double)words[i] : (double)(int64_t)words[i];
        if ((is_unsigned_word && words[i] > INT64_MAX) || (wanted == HDF5_READER_FLOAT64 && fabs(number) > 0x1p53))
            result = refuse(answer, HDF5_READER_LOSSY, "");
        if (wanted == HDF5_READER_FLOAT64) memcpy(&words[i], &number, sizeof number);
    }
    if (result) add(answer, words, (size_t)count * sizeof *words);
    free(words);
    return result;
}

static bool read_attribute(const hdf5_reader_request *request, hid_t attribute, answer *answer) {
    const hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    bool result = false;
    if (type < 0 || space < 0) {
        refuse_by_library(answer);
    } else {
        describe_type(type, answer);
        const int64_t count = describe_shape(space, answer);
        if (count < 0) {
            refuse_by_library(answer);
        } else if (request->operation == HDF5_READER_ATTRIBUTE) {
            result = true;
        } else if (count > most_bytes / 16) {
            refuse(answer, HDF5_READER_REFUSED, "more values than are read");
        } else if (request->operation == HDF5_READER_ATTRIBUTE_STRINGS) {
            const string_source source = {attribute, true, 0};
            result = answer->reply.value_class == HDF5_READER_TEXT ? read_strings(source, type, count, answer)
                                                                   : refuse(answer, HDF5_READER_REFUSED, "no strings");
        } else {
            result = read_numbers(attribute, type, count, request->type, answer);
        }
    }
    if (space >= 0) H5Sclose(space);
    if (type >= 0) H5Tclose(type);
    return result;
}

static void answer_attribute(opened_file *file, const hdf5_reader_request *request, const char *object, const char *name,
    answer *answer) {
    const hid_t owner = open_object(file, object, answer);
    if (owner < 0) return;
    const htri_t there = H5Aexists(owner, name);
    const hid_t attribute = there > 0 ? H5Aopen(owner, name, H5P_DEFAULT) : -1;
    if (attribute >= 0) {
        read_attribute(request, attribute, answer);
        H5Aclose(attribute);
    } else if (there == 0) {
        refuse(answer, HDF5_READER_MISSING, "missing");
    } else {
        refuse_by_library(answer);
    }
    H5Oclose(owner);
}

// MARK: Names

// Adds one name by a call of the library that gives its length first. - Returns: whether there was one.
typedef ssize_t (*name_call)(hid_t, const char *, H5_index_t, H5_iter_order_t, hsize_t, char *, size_t, hid_t);

static bool add_name(name_call call, hid_t owner, hsize_t index, answer *answer) {
    const ssize_t length = call(owner, ".", H5_INDEX_NAME, H5_ITER_INC, index, NULL, 0, H5P_DEFAULT);
    if (length < 0 || length > 1 << 16) return false;
    char name[(1 << 16) + 1];
    if (call(owner, ".", H5_INDEX_NAME, H5_ITER_INC, index, name, (size_t)length + 1, H5P_DEFAULT) < 0) return false;
    add_text(answer, name, (size_t)length);
    return true;
}

static void answer_names(opened_file *file, const char *object, bool are_attributes, answer *answer) {
    const hid_t owner = open_object(file, object, answer);
    if (owner < 0) return;
    H5G_info_t group = {0};
    if (!are_attributes && H5Gget_info(owner, &group) < 0) {
        refuse_by_library(answer);
        H5Oclose(owner);
        return;
    }
    // Asking past the last attribute is how the library tells the end: its count changed its signature between versions.
    for (hsize_t index = 0; are_attributes || index < group.nlinks; index++) {
        const bool is_there = add_name(are_attributes ? H5Aget_name_by_idx : H5Lget_name_by_idx, owner, index, answer);
        if (answer->reply.length > most_bytes) {
            refuse(answer, HDF5_READER_REFUSED, "more names than are read");
            break;
        }
        if (is_there) continue;
        if (!are_attributes) refuse_by_library(answer);
        break;
    }
    H5Oclose(owner);
}

// MARK: Requests

static void answer_dataset(opened_file *file, const hdf5_reader_request *request, const char *object, answer *answer) {
    dataset set;
    if (open_dataset(file, object, &set, answer) && request->operation != HDF5_READER_DATASET
        && require_stored(file, &set, answer)) {
        const string_source source = {set.id, false, 0};
        if (request->operation == HDF5_READER_VALUES) {
            read_values(file, request, &set, answer);
        } else if (answer->reply.value_class == HDF5_READER_TEXT) {
            read_strings(source, set.type, set.count, answer);
        } else {
            refuse(answer, HDF5_READER_REFUSED, "no strings");
        }
    }
    close_dataset(&set);
}

void answer_request(opened_file *file, const hdf5_reader_request *request, const char *object, const char *name, answer *answer) {
    H5Eclear2(H5E_DEFAULT);
    switch (request->operation) {
        case HDF5_READER_EXISTS: {
            const hid_t id = open_object(file, object, answer);
            if (id >= 0) H5Oclose(id);
            break;
        }
        case HDF5_READER_MEMBERS:
        case HDF5_READER_ATTRIBUTES: answer_names(file, object, request->operation == HDF5_READER_ATTRIBUTES, answer); break;
        case HDF5_READER_DATASET:
        case HDF5_READER_VALUES:
        case HDF5_READER_STRINGS: answer_dataset(file, request, object, answer); break;
        case HDF5_READER_ATTRIBUTE:
        case HDF5_READER_ATTRIBUTE_VALUES:
        case HDF5_READER_ATTRIBUTE_STRINGS: answer_attribute(file, request, object, name, answer); break;
        default: refuse(answer, HDF5_READER_REFUSED, "an unknown request");
    }
}
