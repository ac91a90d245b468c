#include "generation.h"

#if DNNL_VERSION_MAJOR == 3

dnnl_status_t layout_init(
    layout_storage *storage, int axes, const dnnl_dims_t sizes, dnnl_data_type_t type, dnnl_format_tag_t order) {
    return dnnl_memory_desc_create_with_tag(storage, axes, sizes, type, order);
}

dnnl_status_t layout_copy(layout_storage *storage, layout_view source) {
    return dnnl_memory_desc_clone(storage, source);
}

void layout_clear(layout_storage *storage) { dnnl_memory_desc_destroy(*storage); }

layout_view layout_of(const conednn_layout *layout) { return layout == NULL ? NULL : layout->storage; }

dnnl_status_t append_relu(dnnl_post_ops_t operations) {
    return dnnl_post_ops_append_eltwise(operations, dnnl_eltwise_relu, 0, 0);
}

static const dnnl_dims_t no_dilation = {0, 0};

dnnl_status_t describe_forward(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, const conednn_convolution *shape, bool training,
    dnnl_primitive_attr_t attributes) {
    CONEDNN_SPATIAL(shape);
    return dnnl_convolution_forward_primitive_desc_create(
        result, engine, training ? dnnl_forward_training : dnnl_forward_inference, dnnl_convolution_direct,
        layout_of(shape->source), layout_of(shape->weights), layout_of(shape->bias), layout_of(shape->target), strides,
        no_dilation, padding, padding, attributes);
}

dnnl_status_t describe_backward_data(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, const conednn_convolution *shape,
    dnnl_primitive_attr_t attributes, const_dnnl_primitive_desc_t forward) {
    CONEDNN_SPATIAL(shape);
    return dnnl_convolution_backward_data_primitive_desc_create(
        result, engine, dnnl_convolution_direct, layout_of(shape->source), layout_of(shape->weights),
        layout_of(shape->target), strides, no_dilation, padding, padding, forward, attributes);
}

dnnl_status_t describe_backward_weights(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, const conednn_convolution *shape,
    dnnl_primitive_attr_t attributes, const_dnnl_primitive_desc_t forward) {
    CONEDNN_SPATIAL(shape);
    return dnnl_convolution_backward_weights_primitive_desc_create(
        result, engine, dnnl_convolution_direct, layout_of(shape->source), layout_of(shape->weights),
        layout_of(shape->bias), layout_of(shape->target), strides, no_dilation, padding, padding, forward, attributes);
}

#endif
