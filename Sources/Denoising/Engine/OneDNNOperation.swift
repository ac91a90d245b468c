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

    /// A pass of a convolution.
    /// - Parameters:
    ///   - relu: whether the target is `max(0, x)`.
    ///   - forward: of a gradient, the operation of the same sizes that was made for training.
    static func convolution(
        _ pass: conednn_pass, _ tensors: ConvolutionTensors, relu: Bool = false, forward: OneDNNOperation? = nil,
        in context: OneDNNContext
    ) throws(DenoisingError) -> OneDNNOperation {
        let what =
            switch pass {
            case CONEDNN_BACKWARD_DATA: "convolution backward by data"
            case CONEDNN_BACKWARD_WEIGHTS: "convolution backward by weights"
            default: "forward convolution"
            }
        var handles = tensors.handles
        return try OneDNNOperation(context, tensors, what) {
            conednn_convolution_make(&$0, context.handle, pass, &handles, relu, forward?.handle)
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
