#ifndef LDCT_CONEDNN_H
#define LDCT_CONEDNN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// oneDNN behind one header, for the two generations of its interface: 2 (Debian 12) and 3 (Debian 13, Ubuntu 24.04). What is
// here is what this project uses: stride-1 convolutions with symmetric padding and their gradients, copies between layouts, and
// the digits of exact integer convolutions.
//
// Calls return 0, or oneDNN's status. Nothing is shared between contexts but what is read alone: each context, and what was made
// in it, is used by one thread at a time.

typedef enum { CONEDNN_F32, CONEDNN_U8, CONEDNN_S8, CONEDNN_S32 } conednn_type;

typedef enum {
    /// Whatever the operation that uses it likes best.
    CONEDNN_ANY,
    /// The axes in the order in which they are named, the last one contiguous.
    CONEDNN_PLAIN,
    /// Image, row, column, channel; of four axes.
    CONEDNN_CHANNELS_LAST,
} conednn_order;

typedef struct conednn_context conednn_context;
typedef struct conednn_layout conednn_layout;
typedef struct conednn_memory conednn_memory;
typedef struct conednn_operation conednn_operation;

/// "2.6.3", of the library that is loaded.
const char *conednn_version(void);

/// OpenMP threads of the calling thread's next operations; 0 leaves what it is. Operations must be made and run with the same
/// number: it sizes their scratch memory, and fixes the order of every sum. Returns what it was before.
int conednn_set_threads(int threads);

int conednn_context_make(conednn_context **context);
void conednn_context_free(conednn_context *context);

// How the values of a tensor lie in memory.

int conednn_layout_make(
    conednn_layout **layout, conednn_type type, conednn_order order, size_t axes, const int64_t *sizes);
void conednn_layout_free(conednn_layout *layout);
bool conednn_layout_equal(const conednn_layout *left, const conednn_layout *right);

/// Zeros, 64-byte aligned.
int conednn_memory_make(conednn_memory **memory, const conednn_layout *layout);
void conednn_memory_free(conednn_memory *memory);
void *conednn_memory_bytes(conednn_memory *memory);
/// At least 64, what only fills up a block included.
size_t conednn_memory_size(const conednn_memory *memory);

/// The four tensors of a convolution; the bias may be null. Gradients have the layouts and places of what they are gradients of.
typedef struct {
    const conednn_layout *source, *weights, *bias, *target;
    int64_t padding;
} conednn_convolution;

typedef enum {
    CONEDNN_INFERENCE,
    /// The same, to be the `forward` of a gradient.
    CONEDNN_TRAINING,
    /// The source's gradient from the target's.
    CONEDNN_BACKWARD_DATA,
    /// The gradients of weights and bias from the source and the target's gradient.
    CONEDNN_BACKWARD_WEIGHTS,
} conednn_pass;

/// `relu`: the target is `max(0, x)`. `forward`, of a gradient: the operation of the same sizes that was made for training.
int conednn_convolution_make(
    conednn_operation **operation, conednn_context *context, conednn_pass pass, const conednn_convolution *shape,
    bool relu, const conednn_operation *forward);
/// A copy in another layout, from source to target.
int conednn_reorder_make(
    conednn_operation **operation, conednn_context *context, const conednn_layout *source, const conednn_layout *target);
void conednn_operation_free(conednn_operation *operation);

/// What runs, by oneDNN's name for it: "jit:avx512_core", "ref:any".
const char *conednn_operation_name(const conednn_operation *operation);

typedef enum { CONEDNN_SOURCE, CONEDNN_WEIGHTS, CONEDNN_BIAS, CONEDNN_TARGET } conednn_place;

/// The layout that the operation chose for one of its tensors.
int conednn_operation_layout(
    conednn_layout **layout, const conednn_operation *operation, conednn_place place);

/// Runs it to the end. A tensor that the operation does not have is null.
int conednn_run(
    conednn_operation *operation, conednn_memory *source, conednn_memory *weights, conednn_memory *bias,
    conednn_memory *target);

/// `sums += matrix^T matrix` for a row-major matrix of `rows` x `columns`.
int conednn_add_gram(float *sums, const float *matrix, int64_t rows, int64_t columns);

// Integers of any width as bytes and back. Loops over memory, no library behind them.

/// One image, [channel][row][column][limb]: values in two's complement, little-endian limbs.
typedef struct {
    const uint64_t *words;
    size_t limbs, channels, height, width;
} conednn_integers;

/// Writes bits `first_bit ..< first_bit + bits` of every value as bytes [row][column][channel], every byte with `flip` inverted.
/// Rows `first_row ..< first_row + rows` of the image with `padding` zeros around it. bits is at most 8.
void conednn_write_digit(
    uint8_t *target, const conednn_integers *image, size_t padding, size_t first_row, size_t rows, unsigned first_bit,
    unsigned bits, uint8_t flip);

/// Sums of products of digits: [digit][position][weight digit][channel].
typedef struct {
    const int32_t *sums;
    size_t digits, positions, weight_digits, channels;
    /// Of one digit, of values and of weights.
    unsigned digit_bits, weight_bits;
} conednn_sums;

/// Adds `sum * 2^(shift + digit * digit_bits + weight digit * weight_bits)` of positions `first ..< sums->positions` to
/// [channel][plane][limb], at the first `sums->positions - first` of a plane. The sum over digits, before `shift`, has to fit 63
/// bits, unless there is one limb: then all is modulo 2^64.
void conednn_add_sums(
    uint64_t *words, size_t limbs, size_t plane, const conednn_sums *sums, size_t first, unsigned shift);

#endif
