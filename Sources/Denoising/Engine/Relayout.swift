import COneDNN

/// A copy of one memory in another layout.
struct Relayout {
    let copy: OneDNNMemory
    private let reorder: OneDNNPrimitive

    init(from: dnnl_memory_desc_t, to: dnnl_memory_desc_t, in context: OneDNNContext) throws(DenoisingError) {
        copy = try OneDNNMemory(to, in: context)
        reorder = try OneDNNPrimitive(reorder: from, to: to, in: context)
    }

    /// nil where the layouts are the same.
    init?(ifNeededFrom from: dnnl_memory_desc_t, to: dnnl_memory_desc_t, in context: OneDNNContext)
        throws(DenoisingError)
    {
        if from.isSameLayout(as: to) { return nil }
        try self.init(from: from, to: to, in: context)
    }

    func read(_ source: OneDNNMemory) throws(DenoisingError) -> OneDNNMemory {
        if source.descriptor.isSameLayout(as: copy.descriptor) { return source }
        try reorder.execute([(DNNL_ARG_FROM, source), (DNNL_ARG_TO, copy)])
        return copy
    }
}
