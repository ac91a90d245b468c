#include "generation.h"

#if DNNL_VERSION_MAJOR == 2

dnnl_status_t layout_init(
    layout_storage *storage, int axes, const dnnl_dims_t sizes, dnnl_data_type_t type, dnnl_format_tag_t order) {
    return dnnl_memory_desc_init_by_tag(storage, axes, sizes, type, order);
}

dnnl_status_t layout_copy(layout_storage *storage, layout_view source) {
    *storage = *source;
    return dnnl_success;
}

void layout_clear(layout_storage *storage) { (void)storage; }

layout_view layout_of(const conednn_layout *layout) { return layout == NULL ? NULL : &layout->storage; }

dnnl_status_t append_relu(dnnl_post_ops_t operations) {
    return dnnl_post_ops_append_eltwise(operations, 1, dnnl_eltwise_relu, 0, 0);
}

dnnl_status_t describe_convolution(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, conednn_pass pass, const conednn_convolution *shape,
    dnnl_primitive_attr_t attributes, const_dnnl_primitive_desc_t forward) {
    // Whole arrays: oneDNN's parameters are of DNNL_MAX_NDIMS, and a compiler may count on it.
    const dnnl_dims_t strides = {1, 1}, padding = {shape->padding, shape->padding};
    const layout_view source = layout_of(shape->source), weights = layout_of(shape->weights);
    const layout_view bias = layout_of(shape->bias), target = layout_of(shape->target);
    dnnl_convolution_desc_t description;
    dnnl_status_t status = dnnl_invalid_arguments;
    switch (pass) {
    case CONEDNN_INFERENCE:
    case CONEDNN_TRAINING:
        status = dnnl_convolution_forward_desc_init(
            &description, pass == CONEDNN_TRAINING ? dnnl_forward_training : dnnl_forward_inference,
            dnnl_convolution_direct, source, weights, bias, target, strides, padding, padding);
        break;
    case CONEDNN_BACKWARD_DATA:
        status = dnnl_convolution_backward_data_desc_init(
            &description, dnnl_convolution_direct, source, weights, target, strides, padding, padding);
        break;
    case CONEDNN_BACKWARD_WEIGHTS:
        status = dnnl_convolution_backward_weights_desc_init(
            &description, dnnl_convolution_direct, source, weights, bias, target, strides, padding, padding);
        break;
    }
    if (status != dnnl_success) return status;
    return dnnl_primitive_desc_create(result, &description, attributes, engine, forward);
}

#endif
