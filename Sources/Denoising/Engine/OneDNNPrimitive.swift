import COneDNN

/// One operation with its sizes and layouts fixed, made once and executed often.
///
/// The scratch memory is the primitive's own: oneDNN's default keeps it per thread, and a Swift task may change
/// threads.
final class OneDNNPrimitive {
    private let context: OneDNNContext
    private let description: OpaquePointer
    private let handle: OpaquePointer
    private let scratch: OneDNNMemory

    /// A copy between two layouts of the same sizes.
    convenience init(
        reorder source: dnnl_memory_desc_t, to destination: dnnl_memory_desc_t, in context: OneDNNContext
    ) throws(DenoisingError) {
        let attributes = try Attributes()
        let description = try made("dnnl_reorder_primitive_desc_create") { handle in
            withUnsafePointer(to: source) { source in
                withUnsafePointer(to: destination) {
                    dnnl_reorder_primitive_desc_create(
                        &handle, source, context.engine, $0, context.engine, attributes.handle)
                }
            }
        }
        try self.init(owning: description, in: context)
    }

    /// - Parameter hint: the forward primitive, for the two backward ones.
    convenience init(
        _ operation: dnnl_convolution_desc_t, relu: Bool = false, hint: OneDNNPrimitive? = nil,
        in context: OneDNNContext
    ) throws(DenoisingError) {
        let attributes = try Attributes()
        if relu { try attributes.appendReLU() }
        let description = try made("dnnl_primitive_desc_create") { handle in
            withUnsafePointer(to: operation) {
                dnnl_primitive_desc_create(&handle, $0, attributes.handle, context.engine, hint?.description)
            }
        }
        try self.init(owning: description, in: context)
    }

    private init(owning description: OpaquePointer, in context: OneDNNContext) throws(DenoisingError) {
        var primitive: OpaquePointer?
        do throws(DenoisingError) {
            self.context = context
            self.description = description
            let made = try made("dnnl_primitive_create") { dnnl_primitive_create(&$0, description) }
            primitive = made
            handle = made
            guard let layout = dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0) else {
                throw DenoisingError.library(call: "dnnl_primitive_desc_query_md", status: -1)
            }
            scratch = try OneDNNMemory(layout.pointee, in: context)
        } catch {
            if let primitive { dnnl_primitive_destroy(primitive) }
            dnnl_primitive_desc_destroy(description)
            throw error
        }
    }

    deinit {
        dnnl_primitive_destroy(handle)
        dnnl_primitive_desc_destroy(description)
    }

    /// What runs, by oneDNN's name for it: "jit:avx512_core", "ref:any".
    var implementation: String {
        var name: UnsafePointer<CChar>?
        guard dnnl_primitive_desc_query(description, dnnl_query_impl_info_str, 0, &name) == dnnl_success, let name
        else { return "unknown" }
        return String(cString: name)
    }

    /// The layout the primitive chose for one of its arguments.
    func layout(of argument: Int32) throws(DenoisingError) -> dnnl_memory_desc_t {
        guard let layout = dnnl_primitive_desc_query_md(description, dnnl_query_exec_arg_md, argument) else {
            throw .library(call: "dnnl_primitive_desc_query_md", status: -1)
        }
        return layout.pointee
    }

    func execute(_ arguments: [(argument: Int32, memory: OneDNNMemory)]) throws(DenoisingError) {
        var list = arguments.map { dnnl_exec_arg_t(arg: $0.argument, memory: $0.memory.handle) }
        list.append(dnnl_exec_arg_t(arg: DNNL_ARG_SCRATCHPAD, memory: scratch.handle))
        let status = list.withUnsafeBufferPointer {
            dnnl_primitive_execute(handle, context.stream, Int32($0.count), $0.baseAddress)
        }
        try check(status, "dnnl_primitive_execute")
        try check(dnnl_stream_wait(context.stream), "dnnl_stream_wait")
    }
}

/// Attributes with the scratch memory in our own hands, and at most one fused ReLU.
private final class Attributes {
    let handle: OpaquePointer

    init() throws(DenoisingError) {
        handle = try made("dnnl_primitive_attr_create") { dnnl_primitive_attr_create(&$0) }
        dnnl_primitive_attr_set_scratchpad_mode(handle, dnnl_scratchpad_mode_user)
    }

    deinit { dnnl_primitive_attr_destroy(handle) }

    func appendReLU() throws(DenoisingError) {
        let operations = try made("dnnl_post_ops_create") { dnnl_post_ops_create(&$0) }
        defer { dnnl_post_ops_destroy(operations) }
        try check(dnnl_post_ops_append_eltwise(operations, 1, dnnl_eltwise_relu, 0, 0), "dnnl_post_ops_append_eltwise")
        try check(dnnl_primitive_attr_set_post_ops(handle, operations), "dnnl_primitive_attr_set_post_ops")
    }
}
