#include "generation.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// oneDNN of Debian and Ubuntu runs on GNU OpenMP, and has no call of its own for the number of threads. omp.h belongs to the
// compiler, not to a library, and clang does not find gcc's: hence the two prototypes, from the OpenMP specification.
extern void omp_set_num_threads(int num_threads);
extern int omp_get_max_threads(void);

struct conednn_context {
    dnnl_stream_t stream;
};

struct conednn_memory {
    dnnl_memory_t handle;
    void *bytes;
    size_t size;
};

// Where an operation's tensors stand among oneDNN's arguments; 0 for a tensor it does not have.
typedef struct {
    int places[4];
} argument_map;

static const argument_map convolution_arguments[] = {
    [CONEDNN_INFERENCE] = {{DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_DST}},
    [CONEDNN_TRAINING] = {{DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_DST}},
    [CONEDNN_BACKWARD_DATA] = {{DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, 0, DNNL_ARG_DIFF_DST}},
    [CONEDNN_BACKWARD_WEIGHTS] = {{DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_BIAS, DNNL_ARG_DIFF_DST}},
};
static const argument_map reorder_arguments = {{DNNL_ARG_FROM, 0, 0, DNNL_ARG_TO}};

struct conednn_operation {
    dnnl_stream_t stream;
    dnnl_primitive_desc_t description;
    dnnl_primitive_t primitive;
    // The operation's own: oneDNN's default keeps it per thread, and a Swift task may change threads.
    conednn_memory *scratch;
    argument_map arguments;
};

// The processor, the same for all.
static dnnl_engine_t engine;
static dnnl_status_t engine_status;
static void make_engine(void) { engine_status = dnnl_engine_create(&engine, dnnl_cpu, 0); }

static dnnl_status_t find_engine(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_engine);
    return engine_status;
}

static char version_text[32];
static void write_version(void) {
    const dnnl_version_t *version = dnnl_version();
    snprintf(version_text, sizeof version_text, "%d.%d.%d", version->major, version->minor, version->patch);
}

const char *conednn_version(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, write_version);
    return version_text;
}

int conednn_set_threads(int threads) {
    const int before = omp_get_max_threads();
    if (threads > 0 && threads != before) omp_set_num_threads(threads);
    return before;
}

int conednn_context_make(conednn_context **context) {
    dnnl_status_t status = find_engine();
    if (status != dnnl_success) return status;
    *context = malloc(sizeof **context);
    if (*context == NULL) return dnnl_out_of_memory;
    status = dnnl_stream_create(&(*context)->stream, engine, dnnl_stream_default_flags);
    if (status != dnnl_success) free(*context);
    return status;
}

void conednn_context_free(conednn_context *context) {
    dnnl_stream_destroy(context->stream);
    free(context);
}

static dnnl_data_type_t data_type(conednn_type type) {
    switch (type) {
    case CONEDNN_F32: return dnnl_f32;
    case CONEDNN_U8: return dnnl_u8;
    case CONEDNN_S8: return dnnl_s8;
    case CONEDNN_S32: return dnnl_s32;
    }
    return dnnl_data_type_undef;
}

static dnnl_format_tag_t format_tag(conednn_order order, size_t axes) {
    switch (order) {
    case CONEDNN_ANY: return dnnl_format_tag_any;
    case CONEDNN_PLAIN: return axes == 1 ? dnnl_a : axes == 4 ? dnnl_abcd : dnnl_format_tag_undef;
    case CONEDNN_CHANNELS_LAST: return axes == 4 ? dnnl_acdb : dnnl_format_tag_undef;
    }
    return dnnl_format_tag_undef;
}

int conednn_layout_make(
    conednn_layout **layout, conednn_type type, conednn_order order, size_t axes, const int64_t *sizes) {
    dnnl_dims_t dimensions = {0};
    if (axes > 4) return dnnl_invalid_arguments;
    memcpy(dimensions, sizes, axes * sizeof *sizes);
    *layout = malloc(sizeof **layout);
    if (*layout == NULL) return dnnl_out_of_memory;
    const dnnl_status_t status =
        layout_init(&(*layout)->storage, (int)axes, dimensions, data_type(type), format_tag(order, axes));
    if (status != dnnl_success) free(*layout);
    return status;
}

void conednn_layout_free(conednn_layout *layout) {
    layout_clear(&layout->storage);
    free(layout);
}

bool conednn_layout_equal(const conednn_layout *left, const conednn_layout *right) {
    return dnnl_memory_desc_equal(layout_of(left), layout_of(right)) != 0;
}

static dnnl_status_t make_memory(conednn_memory **memory, layout_view layout) {
    dnnl_status_t status = find_engine();
    if (status != dnnl_success) return status;
    *memory = malloc(sizeof **memory);
    if (*memory == NULL) return dnnl_out_of_memory;
    // A cache line at least, so that an empty scratch pad still has an address.
    const size_t size = (dnnl_memory_desc_get_size(layout) + 64) / 64 * 64;
    (*memory)->size = size;
    (*memory)->bytes = aligned_alloc(64, size);
    status = dnnl_out_of_memory;
    if ((*memory)->bytes != NULL) {
        memset((*memory)->bytes, 0, size);
        status = dnnl_memory_create(&(*memory)->handle, layout, engine, (*memory)->bytes);
    }
    if (status != dnnl_success) {
        free((*memory)->bytes);
        free(*memory);
    }
    return status;
}

int conednn_memory_make(conednn_memory **memory, const conednn_layout *layout) {
    return make_memory(memory, layout_of(layout));
}

void conednn_memory_free(conednn_memory *memory) {
    dnnl_memory_destroy(memory->handle);
    free(memory->bytes);
    free(memory);
}

void *conednn_memory_bytes(conednn_memory *memory) { return memory->bytes; }
size_t conednn_memory_size(const conednn_memory *memory) { return memory->size; }

// Takes over the description, also when it fails.
static dnnl_status_t make_operation(
    conednn_operation **operation, conednn_context *context, dnnl_primitive_desc_t description,
    argument_map arguments) {
    dnnl_primitive_t primitive = NULL;
    conednn_memory *scratch = NULL;
    dnnl_status_t status = dnnl_primitive_create(&primitive, description);
    if (status == dnnl_success) {
        const layout_view layout = dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
        status = layout == NULL ? dnnl_runtime_error : make_memory(&scratch, layout);
    }
    *operation = status == dnnl_success ? malloc(sizeof **operation) : NULL;
    if (*operation == NULL) {
        if (scratch != NULL) conednn_memory_free(scratch);
        if (primitive != NULL) dnnl_primitive_destroy(primitive);
        dnnl_primitive_desc_destroy(description);
        return status == dnnl_success ? dnnl_out_of_memory : status;
    }
    **operation = (conednn_operation){context->stream, description, primitive, scratch, arguments};
    return dnnl_success;
}

// Scratch memory in our own hands, and at most one fused ReLU.
static dnnl_status_t make_attributes(dnnl_primitive_attr_t *attributes, bool relu) {
    dnnl_status_t status = dnnl_primitive_attr_create(attributes);
    if (status != dnnl_success) return status;
    status = dnnl_primitive_attr_set_scratchpad_mode(*attributes, dnnl_scratchpad_mode_user);
    if (status == dnnl_success && relu) {
        dnnl_post_ops_t operations;
        status = dnnl_post_ops_create(&operations);
        if (status == dnnl_success) {
            status = append_relu(operations);
            if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(*attributes, operations);
            dnnl_post_ops_destroy(operations);
        }
    }
    if (status != dnnl_success) dnnl_primitive_attr_destroy(*attributes);
    return status;
}

// oneDNN before 2.7.3 keeps a figure of the convolution that is being planned in one variable for all threads
// (brg_blocking_t::last_ic_block_size): of two plans at once, one of floats and one of bytes, either may compute nonsense.
static pthread_mutex_t planning = PTHREAD_MUTEX_INITIALIZER;

int conednn_convolution_make(
    conednn_operation **operation, conednn_context *context, conednn_pass pass, const conednn_convolution *shape,
    bool relu, const conednn_operation *forward) {
    dnnl_primitive_attr_t attributes;
    dnnl_primitive_desc_t description;
    dnnl_status_t status = make_attributes(&attributes, relu);
    if (status != dnnl_success) return status;
    pthread_mutex_lock(&planning);
    status = describe_convolution(
        &description, engine, pass, shape, attributes, forward == NULL ? NULL : forward->description);
    pthread_mutex_unlock(&planning);
    dnnl_primitive_attr_destroy(attributes);
    return status != dnnl_success ? status
                                  : make_operation(operation, context, description, convolution_arguments[pass]);
}

int conednn_reorder_make(
    conednn_operation **operation, conednn_context *context, const conednn_layout *source,
    const conednn_layout *target) {
    dnnl_primitive_attr_t attributes;
    dnnl_primitive_desc_t description;
    dnnl_status_t status = make_attributes(&attributes, false);
    if (status != dnnl_success) return status;
    status = dnnl_reorder_primitive_desc_create(
        &description, layout_of(source), engine, layout_of(target), engine, attributes);
    dnnl_primitive_attr_destroy(attributes);
    return status != dnnl_success ? status : make_operation(operation, context, description, reorder_arguments);
}

void conednn_operation_free(conednn_operation *operation) {
    conednn_memory_free(operation->scratch);
    dnnl_primitive_destroy(operation->primitive);
    dnnl_primitive_desc_destroy(operation->description);
    free(operation);
}

const char *conednn_operation_name(const conednn_operation *operation) {
    const char *name = NULL;
    const dnnl_status_t status =
        dnnl_primitive_desc_query(operation->description, dnnl_query_impl_info_str, 0, (void *)&name);
    return status == dnnl_success && name != NULL ? name : "unknown";
}

int conednn_operation_layout(conednn_layout **layout, const conednn_operation *operation, conednn_place place) {
    const layout_view found = dnnl_primitive_desc_query_md(
        operation->description, dnnl_query_exec_arg_md, operation->arguments.places[place]);
    if (found == NULL) return dnnl_runtime_error;
    *layout = malloc(sizeof **layout);
    if (*layout == NULL) return dnnl_out_of_memory;
    const dnnl_status_t status = layout_copy(&(*layout)->storage, found);
    if (status != dnnl_success) free(*layout);
    return status;
}

int conednn_run(
    conednn_operation *operation, conednn_memory *source, conednn_memory *weights, conednn_memory *bias,
    conednn_memory *target) {
    conednn_memory *const memories[4] = {source, weights, bias, target};
    dnnl_exec_arg_t arguments[5];
    int count = 0;
    for (int place = 0; place < 4; place++) {
        if (memories[place] == NULL) continue;
        arguments[count++] = (dnnl_exec_arg_t){operation->arguments.places[place], memories[place]->handle};
    }
    arguments[count++] = (dnnl_exec_arg_t){DNNL_ARG_SCRATCHPAD, operation->scratch->handle};
    const dnnl_status_t status =
        dnnl_primitive_execute(operation->primitive, operation->stream, count, arguments);
    return status != dnnl_success ? status : dnnl_stream_wait(operation->stream);
}

int conednn_add_gram(float *sums, const float *matrix, int64_t rows, int64_t columns) {
    return dnnl_sgemm('T', 'N', columns, columns, rows, 1, matrix, columns, matrix, columns, 1, sums, columns);
}
