import COneDNN

/// oneDNN's descriptions of the three passes of a stride-1 convolution with symmetric padding.
struct ConvolutionDescriptors {
    let padding: Int

    typealias Layout = dnnl_memory_desc_t

    func forward(
        _ input: Layout, _ weights: Layout, _ bias: Layout, _ output: Layout, training: Bool
    ) throws(DenoisingError) -> dnnl_convolution_desc_t {
        var (input, weights, bias, output) = (input, weights, bias, output)
        let kind = training ? dnnl_forward_training : dnnl_forward_inference
        return try describe("dnnl_convolution_forward_desc_init") { result, strides, padding in
            dnnl_convolution_forward_desc_init(
                &result, kind, dnnl_convolution_direct, &input, &weights, &bias, &output, strides, padding, padding)
        }
    }

    func backwardData(
        _ input: Layout, _ weights: Layout, _ output: Layout
    ) throws(DenoisingError) -> dnnl_convolution_desc_t {
        var (input, weights, output) = (input, weights, output)
        return try describe("dnnl_convolution_backward_data_desc_init") { result, strides, padding in
            dnnl_convolution_backward_data_desc_init(
                &result, dnnl_convolution_direct, &input, &weights, &output, strides, padding, padding)
        }
    }

    func backwardWeights(
        _ input: Layout, _ weights: Layout, _ bias: Layout, _ output: Layout
    ) throws(DenoisingError) -> dnnl_convolution_desc_t {
        var (input, weights, bias, output) = (input, weights, bias, output)
        return try describe("dnnl_convolution_backward_weights_desc_init") { result, strides, padding in
            dnnl_convolution_backward_weights_desc_init(
                &result, dnnl_convolution_direct, &input, &weights, &bias, &output, strides, padding, padding)
        }
    }

    private func describe(
        _ call: String,
        _ body: (inout dnnl_convolution_desc_t, UnsafePointer<Int64>?, UnsafePointer<Int64>?) -> dnnl_status_t
    ) throws(DenoisingError) -> dnnl_convolution_desc_t {
        var result = dnnl_convolution_desc_t()
        let strides = [Int64](repeating: 1, count: 2)
        let paddings = [Int64](repeating: Int64(padding), count: 2)
        let status = strides.withUnsafeBufferPointer { strides in
            paddings.withUnsafeBufferPointer { body(&result, strides.baseAddress, $0.baseAddress) }
        }
        try check(status, call)
        return result
    }
}
