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

/// `forward` is null but for gradients.
dnnl_status_t describe_convolution(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, conednn_pass pass, const conednn_convolution *shape,
    dnnl_primitive_attr_t attributes, const_dnnl_primitive_desc_t forward);

#endif
