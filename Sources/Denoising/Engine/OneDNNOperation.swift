import COneDNN

/// The tensors of a stride-1 convolution with symmetric padding. Gradients have the layouts of what they are gradients of.
struct ConvolutionTensors {
    let source: OneDNNLayout
    let weights: OneDNNLayout
    var bias: OneDNNLayout?
    let target: OneDNNLayout
    let padding: Int

    fileprivate var handles: conednn_convolution {
        conednn_convolution(
            source: source.handle, weights: weights.handle, bias: bias?.handle, target: target.handle,
            padding: Int64(padding))
    }

    fileprivate func sizes(at place: conednn_place) -> [Int] {
        switch place {
        case CONEDNN_SOURCE: source.sizes
        case CONEDNN_WEIGHTS: weights.sizes
        case CONEDNN_BIAS: bias?.sizes ?? []
        default: target.sizes
        }
    }
}

/// One operation with its sizes and layouts fixed, made once and executed often.
final class OneDNNOperation {
    let handle: OpaquePointer
    // Keeps the stream that the operation runs on.
    private let context: OneDNNContext
    private let tensors: ConvolutionTensors?

    private init(
        _ context: OneDNNContext, _ tensors: ConvolutionTensors?, _ what: String,
        _ make: (inout OpaquePointer?) -> Int32
    ) throws(DenoisingError) {
        self.context = context
        self.tensors = tensors
        handle = try made(what, make)
    }

    deinit { conednn_operation_free(handle) }

    /// - Parameters:
    ///   - training: whether a gradient will be made from it.
    ///   - relu: whether the target is `max(0, x)`.
    static func forward(
        _ tensors: ConvolutionTensors, training: Bool = false, relu: Bool = false, in context: OneDNNContext
    ) throws(DenoisingError) -> OneDNNOperation {
        var handles = tensors.handles
        return try OneDNNOperation(context, tensors, "forward convolution") {
            conednn_forward_make(&$0, context.handle, &handles, training, relu)
        }
    }

    /// The source's gradient from the target's.
    static func backwardData(
        _ tensors: ConvolutionTensors, forward: OneDNNOperation, in context: OneDNNContext
    ) throws(DenoisingError) -> OneDNNOperation {
        var handles = tensors.handles
        return try OneDNNOperation(context, tensors, "convolution backward by data") {
            conednn_backward_data_make(&$0, context.handle, &handles, forward.handle)
        }
    }

    /// The gradients of weights and bias from the source and the target's gradient.
    static func backwardWeights(
        _ tensors: ConvolutionTensors, forward: OneDNNOperation, in context: OneDNNContext
    ) throws(DenoisingError) -> OneDNNOperation {
        var handles = tensors.handles
        return try OneDNNOperation(context, tensors, "convolution backward by weights") {
            conednn_backward_weights_make(&$0, context.handle, &handles, forward.handle)
        }
    }

    /// A copy from source to target.
    static func reorder(
        from source: OneDNNLayout, to target: OneDNNLayout, in context: OneDNNContext
    ) throws(DenoisingError) -> OneDNNOperation {
        try OneDNNOperation(context, nil, "reorder") {
            conednn_reorder_make(&$0, context.handle, source.handle, target.handle)
        }
    }

    /// What runs, by oneDNN's name for it: "jit:avx512_core", "ref:any".
    var implementation: String { String(cString: conednn_operation_name(handle)) }

    /// The layout that a convolution chose for one of its tensors.
    func layout(of place: conednn_place) throws(DenoisingError) -> OneDNNLayout {
        try OneDNNLayout(tensors?.sizes(at: place) ?? [], of: place, in: self)
    }

    /// Runs it to the end; tensors stand at the places they have in the convolution.
    func run(
        source: OneDNNMemory, weights: OneDNNMemory? = nil, bias: OneDNNMemory? = nil, target: OneDNNMemory
    ) throws(DenoisingError) {
        try check(conednn_run(handle, source.handle, weights?.handle, bias?.handle, target.handle), "execution")
    }
}
