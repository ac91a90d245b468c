#ifndef LDCT_CONEDNN_GENERATION_H
#define LDCT_CONEDNN_GENERATION_H

#include "conednn.h"

#include <dnnl.h>

// What differs between the generations of oneDNN's interface: descriptors of memory are values in 2 and handles in 3, and a
// convolution is described in two steps in 2 and in one in 3.

#if DNNL_VERSION_MAJOR == 2
typedef dnnl_memory_desc_t layout_storage;
typedef const dnnl_memory_desc_t *layout_view;
#elif DNNL_VERSION_MAJOR == 3
typedef dnnl_memory_desc_t layout_storage;
typedef const_dnnl_memory_desc_t layout_view;
#else
#error "oneDNN 2 or 3 expected (Debian and Ubuntu: libdnnl-dev)"
#endif

struct conednn_layout {
    layout_storage storage;
};

dnnl_status_t layout_init(
    layout_storage *storage, int axes, const dnnl_dims_t sizes, dnnl_data_type_t type, dnnl_format_tag_t order);
dnnl_status_t layout_copy(layout_storage *storage, layout_view source);
void layout_clear(layout_storage *storage);
layout_view layout_of(const conednn_layout *layout);

dnnl_status_t append_relu(dnnl_post_ops_t operations);

dnnl_status_t describe_forward(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, const conednn_convolution *shape, bool training,
    dnnl_primitive_attr_t attributes);
dnnl_status_t describe_backward_data(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, const conednn_convolution *shape,
    dnnl_primitive_attr_t attributes, const_dnnl_primitive_desc_t forward);
dnnl_status_t describe_backward_weights(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, const conednn_convolution *shape,
    dnnl_primitive_attr_t attributes, const_dnnl_primitive_desc_t forward);

// Whole arrays: oneDNN's parameters are of DNNL_MAX_NDIMS, and a compiler may count on it.
#define CONEDNN_SPATIAL(shape)                                                                                         \
    const dnnl_dims_t strides = {1, 1}, padding = {(shape)->padding, (shape)->padding}

#endif
