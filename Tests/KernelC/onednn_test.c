// oneDNN's bridge against plain loops: forward convolution with ReLU, the gradients of data, weights and bias, exact bytes, sums of
// squares. For whichever generation of its interface is installed; Tests/Portability/onednn.sh builds and runs it, and prints what
// each operation is called and how long it takes.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conednn.h"

enum { IMAGES = 2, INPUTS = 16, OUTPUTS = 24, SIDE = 33, KERNEL = 5, PADDING = 2, RUNS = 20 };
enum { OUT = SIDE + 2 * PADDING - KERNEL + 1 };

static int failed;
static conednn_context *context;

static void check(int status, const char *what) {
    if (status == 0) return;
    fprintf(stderr, "%s: status %d\n", what, status);
    exit(1);
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static conednn_layout *layout(conednn_type type, conednn_order order, int64_t a, int64_t b, int64_t c, int64_t d) {
    conednn_layout *result;
    const int64_t sizes[] = {a, b, c, d};
    check(conednn_layout_make(&result, type, order, d ? 4 : 1, sizes), "layout");
    return result;
}

static conednn_memory *memory(const conednn_layout *layout) {
    conednn_memory *result;
    check(conednn_memory_make(&result, layout), "memory");
    return result;
}

// A copy in the layout that an operation chose for one of its tensors, and back.
static conednn_memory *relaid(conednn_memory *values, const conednn_layout *from, const conednn_layout *to) {
    conednn_operation *reorder;
    conednn_memory *result = memory(to);
    check(conednn_reorder_make(&reorder, context, from, to), "reorder");
    check(conednn_run(reorder, values, NULL, NULL, result), "copying");
    conednn_operation_free(reorder);
    return result;
}

static conednn_layout *chosen(const conednn_operation *operation, conednn_place place) {
    conednn_layout *result;
    check(conednn_operation_layout(&result, operation, place), "layout of an operation");
    return result;
}

static void run(
    const char *name, conednn_operation *operation, conednn_memory *source, conednn_memory *weights, conednn_memory *bias,
    conednn_memory *target) {
    double least = 1e9;
    for (int i = 0; i < RUNS; i++) {
        const double start = seconds();
        check(conednn_run(operation, source, weights, bias, target), name);
        least = fmin(least, seconds() - start);
    }
    printf("  %-18s %-22s %8.1f us\n", name, conednn_operation_name(operation), 1e6 * least);
}

static void compare(const char *what, const float *found, const double *expected, size_t count) {
    double worst = 0, largest = 0;
    for (size_t i = 0; i < count; i++) {
        worst = fmax(worst, fabs(found[i] - expected[i]));
        largest = fmax(largest, fabs(expected[i]));
    }
    const int isRight = largest > 0 && worst <= 1e-5 * largest;
    printf("  %-18s largest error %.1e of %.1e%s\n", what, worst, largest, isRight ? "" : " WRONG");
    failed |= !isRight;
}

// Calls BODY for every pair of an input's and an output's place that a tap joins.
#define TAPS(BODY)                                                                                                \
    for (int n = 0; n < IMAGES; n++) for (int o = 0; o < OUTPUTS; o++) for (int down = 0; down < OUT; down++)     \
    for (int along = 0; along < OUT; along++) for (int i = 0; i < INPUTS; i++) for (int v = 0; v < KERNEL; v++)   \
    for (int u = 0; u < KERNEL; u++) {                                                                            \
        const int row = down + v - PADDING, column = along + u - PADDING;                                         \
        if (row < 0 || column < 0 || row >= SIDE || column >= SIDE) continue;                                     \
        const size_t in = ((size_t)(n * INPUTS + i) * SIDE + (size_t)row) * SIDE + (size_t)column;                \
        const size_t tap = ((size_t)(o * INPUTS + i) * KERNEL + (size_t)v) * KERNEL + (size_t)u;                  \
        const size_t out = ((size_t)(n * OUTPUTS + o) * OUT + (size_t)down) * OUT + (size_t)along;                \
        BODY                                                                                                      \
    }

enum { SOURCES = IMAGES * INPUTS * SIDE * SIDE, WEIGHTS = OUTPUTS * INPUTS * KERNEL * KERNEL };
enum { TARGETS = IMAGES * OUTPUTS * OUT * OUT };
static double sourceGradient[SOURCES], weightGradient[WEIGHTS], biasGradient[OUTPUTS], sums[TARGETS];

static float value(void) { return (float)(rand() % 2001 - 1000) / 1000; }

static void floats(void) {
    conednn_layout *anySource = layout(CONEDNN_F32, CONEDNN_ANY, IMAGES, INPUTS, SIDE, SIDE);
    conednn_layout *anyWeights = layout(CONEDNN_F32, CONEDNN_ANY, OUTPUTS, INPUTS, KERNEL, KERNEL);
    conednn_layout *anyTarget = layout(CONEDNN_F32, CONEDNN_ANY, IMAGES, OUTPUTS, OUT, OUT);
    conednn_layout *source = layout(CONEDNN_F32, CONEDNN_PLAIN, IMAGES, INPUTS, SIDE, SIDE);
    conednn_layout *weights = layout(CONEDNN_F32, CONEDNN_PLAIN, OUTPUTS, INPUTS, KERNEL, KERNEL);
    conednn_layout *target = layout(CONEDNN_F32, CONEDNN_PLAIN, IMAGES, OUTPUTS, OUT, OUT);
    conednn_layout *bias = layout(CONEDNN_F32, CONEDNN_PLAIN, OUTPUTS, 0, 0, 0);
    conednn_memory *s = memory(source), *w = memory(weights), *b = memory(bias), *g = memory(target);
    float *x = conednn_memory_bytes(s), *k = conednn_memory_bytes(w), *c = conednn_memory_bytes(b);
    float *gradient = conednn_memory_bytes(g);
    for (int i = 0; i < SOURCES; i++) x[i] = value();
    for (int i = 0; i < WEIGHTS; i++) k[i] = value();
    for (int i = 0; i < OUTPUTS; i++) c[i] = value();
    for (int i = 0; i < TARGETS; i++) gradient[i] = value();
    for (int i = 0; i < TARGETS; i++) sums[i] = c[i / (OUT * OUT) % OUTPUTS], biasGradient[i / (OUT * OUT) % OUTPUTS] += gradient[i];
    TAPS(sums[out] += (double)x[in] * k[tap]; sourceGradient[in] += (double)gradient[out] * k[tap];
         weightGradient[tap] += (double)gradient[out] * x[in];)
    for (int i = 0; i < TARGETS; i++) sums[i] = fmax(0, sums[i]);

    const conednn_convolution shape = {anySource, anyWeights, bias, anyTarget, PADDING};
    conednn_operation *inference, *forward, *data, *parameters;
    check(conednn_convolution_make(&inference, context, CONEDNN_INFERENCE, &shape, true, NULL), "forward");
    check(conednn_convolution_make(&forward, context, CONEDNN_TRAINING, &shape, false, NULL), "forward for training");
    const conednn_convolution plainData = {anySource, anyWeights, NULL, anyTarget, PADDING};
    check(
        conednn_convolution_make(&data, context, CONEDNN_BACKWARD_DATA, &plainData, false, forward), "backward by data");
    check(
        conednn_convolution_make(&parameters, context, CONEDNN_BACKWARD_WEIGHTS, &shape, false, forward),
        "backward by weights");

    conednn_memory *result = memory(chosen(inference, CONEDNN_TARGET));
    run("forward, ReLU", inference, relaid(s, source, chosen(inference, CONEDNN_SOURCE)),
        relaid(w, weights, chosen(inference, CONEDNN_WEIGHTS)), b, result);
    compare("forward, ReLU", conednn_memory_bytes(relaid(result, chosen(inference, CONEDNN_TARGET), target)), sums, TARGETS);

    result = memory(chosen(data, CONEDNN_SOURCE));
    run("backward, data", data, result, relaid(w, weights, chosen(data, CONEDNN_WEIGHTS)), NULL,
        relaid(g, target, chosen(data, CONEDNN_TARGET)));
    compare("backward, data", conednn_memory_bytes(relaid(result, chosen(data, CONEDNN_SOURCE), source)), sourceGradient, SOURCES);

    result = memory(chosen(parameters, CONEDNN_WEIGHTS));
    conednn_memory *biases = memory(bias);
    run("backward, weights", parameters, relaid(s, source, chosen(parameters, CONEDNN_SOURCE)), result, biases,
        relaid(g, target, chosen(parameters, CONEDNN_TARGET)));
    compare("backward, weights", conednn_memory_bytes(relaid(result, chosen(parameters, CONEDNN_WEIGHTS), weights)),
        weightGradient, WEIGHTS);
    compare("backward, bias", conednn_memory_bytes(biases), biasGradient, OUTPUTS);
}

// Bytes up to 127 by signed bytes, as the exact engine uses them: every sum to the last bit.
static void bytes(void) {
    enum { VALID = SIDE - KERNEL + 1 };
    conednn_layout *source = layout(CONEDNN_U8, CONEDNN_CHANNELS_LAST, IMAGES, INPUTS, SIDE, SIDE);
    conednn_layout *plain = layout(CONEDNN_S8, CONEDNN_PLAIN, OUTPUTS, INPUTS, KERNEL, KERNEL);
    conednn_layout *target = layout(CONEDNN_S32, CONEDNN_CHANNELS_LAST, IMAGES, OUTPUTS, VALID, VALID);
    conednn_memory *s = memory(source), *w = memory(plain), *t = memory(target);
    uint8_t *x = conednn_memory_bytes(s);
    int8_t *k = conednn_memory_bytes(w);
    for (int i = 0; i < SOURCES; i++) x[i] = (uint8_t)(rand() % 128);
    for (int i = 0; i < WEIGHTS; i++) k[i] = (int8_t)(rand() % 255 - 127);
    const conednn_convolution shape = {
        source, layout(CONEDNN_S8, CONEDNN_ANY, OUTPUTS, INPUTS, KERNEL, KERNEL), NULL, target, 0};
    conednn_operation *operation;
    check(conednn_convolution_make(&operation, context, CONEDNN_INFERENCE, &shape, false, NULL), "bytes");
    run("bytes", operation, s, relaid(w, plain, chosen(operation, CONEDNN_WEIGHTS)), NULL, t);
    const int32_t *found = conednn_memory_bytes(t);
    int wrong = 0;
    for (int n = 0; n < IMAGES; n++) for (int y = 0; y < VALID; y++) for (int c = 0; c < VALID; c++) for (int o = 0; o < OUTPUTS; o++) {
        int32_t sum = 0;
        for (int i = 0; i < INPUTS; i++) for (int v = 0; v < KERNEL; v++) for (int u = 0; u < KERNEL; u++)
            sum += x[((n * SIDE + y + v) * SIDE + c + u) * INPUTS + i] * k[((o * INPUTS + i) * KERNEL + v) * KERNEL + u];
        wrong += *found++ != sum;
    }
    printf("  %-18s %d of %d sums differ\n", "bytes", wrong, IMAGES * VALID * VALID * OUTPUTS);
    failed |= wrong != 0;
}

static void gram(void) {
    enum { ROWS = 50, COLUMNS = 30 };
    float matrix[ROWS * COLUMNS], found[COLUMNS * COLUMNS];
    double expected[COLUMNS * COLUMNS];
    for (int i = 0; i < ROWS * COLUMNS; i++) matrix[i] = value();
    for (int i = 0; i < COLUMNS * COLUMNS; i++) expected[i] = found[i] = value();
    for (int r = 0; r < ROWS; r++) for (int i = 0; i < COLUMNS; i++) for (int j = 0; j < COLUMNS; j++)
        expected[i * COLUMNS + j] += (double)matrix[r * COLUMNS + i] * matrix[r * COLUMNS + j];
    check(conednn_add_gram(found, matrix, ROWS, COLUMNS), "gram");
    compare("sums of squares", found, expected, COLUMNS * COLUMNS);
}

int main(void) {
    srand(1);
    printf("oneDNN %s\n", conednn_version());
    conednn_set_threads(1);
    check(conednn_context_make(&context), "context");
    floats();
    bytes();
    gram();
    return failed;
}
