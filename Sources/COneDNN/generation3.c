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

dnnl_status_t describe_convolution(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, conednn_pass pass, const conednn_convolution *shape,
    dnnl_primitive_attr_t attributes, const_dnnl_primitive_desc_t forward) {
    // Whole arrays: oneDNN's parameters are of DNNL_MAX_NDIMS, and a compiler may count on it.
    const dnnl_dims_t strides = {1, 1}, padding = {shape->padding, shape->padding}, no_dilation = {0, 0};
    const layout_view source = layout_of(shape->source), weights = layout_of(shape->weights);
    const layout_view bias = layout_of(shape->bias), target = layout_of(shape->target);
    switch (pass) {
    case CONEDNN_INFERENCE:
    case CONEDNN_TRAINING:
        return dnnl_convolution_forward_primitive_desc_create(
            result, engine, pass == CONEDNN_TRAINING ? dnnl_forward_training : dnnl_forward_inference,
            dnnl_convolution_direct, source, weights, bias, target, strides, no_dilation, padding, padding, attributes);
    case CONEDNN_BACKWARD_DATA:
        return dnnl_convolution_backward_data_primitive_desc_create(
            result, engine, dnnl_convolution_direct, source, weights, target, strides, no_dilation, padding, padding,
            forward, attributes);
    case CONEDNN_BACKWARD_WEIGHTS:
        return dnnl_convolution_backward_weights_primitive_desc_create(
            result, engine, dnnl_convolution_direct, source, weights, bias, target, strides, no_dilation, padding,
            padding, forward, attributes);
    }
    return dnnl_invalid_arguments;
}

#endif
