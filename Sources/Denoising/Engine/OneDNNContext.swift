import COneDNN

/// Engine and stream of the CPU. Not Sendable: everything made from it stays on one thread at a time.
final class OneDNNContext {
    let engine: OpaquePointer
    let stream: OpaquePointer
    private let threads: Int32?

    /// - Parameter threads: OpenMP threads; nil leaves what OMP_NUM_THREADS or the machine says.
    init(threads: Int?) throws(DenoisingError) {
        if let threads, !(1...4096).contains(threads) {
            throw .invalidPrecision(what: "number of threads", found: threads, expected: 1...4096)
        }
        self.threads = threads.map(Int32.init)
        engine = try made("dnnl_engine_create") { dnnl_engine_create(&$0, dnnl_cpu, 0) }
        do {
            let engine = engine
            stream = try made("dnnl_stream_create") {
                dnnl_stream_create(&$0, engine, dnnl_stream_default_flags.rawValue)
            }
        } catch {
            dnnl_engine_destroy(engine)
            throw error
        }
        useThreads()
    }

    deinit {
        dnnl_stream_destroy(stream)
        dnnl_engine_destroy(engine)
    }

    /// Applies the thread count to the calling thread, whose own setting it is in OpenMP. Primitives must be made and
    /// run with the same count: it sizes their scratch memory, and fixes the order of every sum.
    func useThreads() {
        if let threads { omp_set_num_threads(threads) }
    }
}

/// Calls a oneDNN function that makes a handle.
func made(
    _ call: String, _ body: (inout OpaquePointer?) -> dnnl_status_t
) throws(DenoisingError) -> OpaquePointer {
    var handle: OpaquePointer?
    try check(body(&handle), call)
    guard let handle else { throw .library(call: call, status: -1) }
    return handle
}

func check(_ status: dnnl_status_t, _ call: String) throws(DenoisingError) {
    guard status == dnnl_success else { throw .library(call: call, status: Int(status.rawValue)) }
}
