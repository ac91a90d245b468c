import COneDNN

/// A stream of operations on the processor, and how many threads they use. Not Sendable: everything made from it stays on one
/// thread at a time.
final class OneDNNContext {
    let handle: OpaquePointer
    /// 0 for what the calling thread is set to.
    private let threads: Int32

    /// - Parameter threads: OpenMP threads; nil leaves what OMP_NUM_THREADS or the machine says.
    init(threads: Int?) throws(DenoisingError) {
        if let threads, !(1...4096).contains(threads) {
            throw .invalidPrecision(what: "number of threads", found: threads, expected: 1...4096)
        }
        self.threads = Int32(threads ?? 0)
        handle = try made("context") { conednn_context_make(&$0) }
    }

    deinit { conednn_context_free(handle) }

    /// Begins to make or run operations with the context's number of threads, which in OpenMP is a setting of the calling thread.
    /// - Returns: what to give to `leave` at the end.
    func enter() -> Int32 { conednn_set_threads(threads) }

    func leave(_ before: Int32) { _ = conednn_set_threads(before) }
}

/// How the values of a tensor lie in memory.
final class OneDNNLayout {
    let handle: OpaquePointer
    /// Length of each axis.
    let sizes: [Int]

    init(_ sizes: [Int], _ type: conednn_type, _ order: conednn_order) throws(DenoisingError) {
        self.sizes = sizes
        handle = try made("layout") { conednn_layout_make(&$0, type, order, sizes.count, sizes.map(Int64.init)) }
    }

    /// The one that an operation chose.
    init(_ sizes: [Int], of place: conednn_place, in operation: OneDNNOperation) throws(DenoisingError) {
        self.sizes = sizes
        handle = try made("layout") { conednn_operation_layout(&$0, operation.handle, place) }
    }

    deinit { conednn_layout_free(handle) }

    /// Floats, the last axis contiguous.
    static func plain(_ sizes: [Int]) throws(DenoisingError) -> OneDNNLayout {
        try OneDNNLayout(sizes, CONEDNN_F32, CONEDNN_PLAIN)
    }

    /// Floats in whatever order the operation likes best that uses it.
    static func any(_ sizes: [Int]) throws(DenoisingError) -> OneDNNLayout {
        try OneDNNLayout(sizes, CONEDNN_F32, CONEDNN_ANY)
    }

    func isSame(as other: OneDNNLayout) -> Bool { conednn_layout_equal(handle, other.handle) }
}

/// Calls a function of the bridge that makes a handle.
func made(_ what: String, _ body: (inout OpaquePointer?) -> Int32) throws(DenoisingError) -> OpaquePointer {
    var handle: OpaquePointer?
    try check(body(&handle), what)
    guard let handle else { throw .library(call: what, status: -1) }
    return handle
}

func check(_ status: Int32, _ what: String) throws(DenoisingError) {
    guard status == 0 else { throw .library(call: what, status: Int(status)) }
}
