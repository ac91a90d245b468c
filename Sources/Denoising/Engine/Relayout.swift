/// A copy of one memory in another layout.
struct Relayout {
    let copy: OneDNNMemory
    private let reorder: OneDNNOperation

    init(from: OneDNNLayout, to: OneDNNLayout, in context: OneDNNContext) throws(DenoisingError) {
        copy = try OneDNNMemory(to)
        reorder = try .reorder(from: from, to: to, in: context)
    }

    /// nil where the layouts are the same.
    init?(ifNeededFrom from: OneDNNLayout, to: OneDNNLayout, in context: OneDNNContext) throws(DenoisingError) {
        if from.isSame(as: to) { return nil }
        try self.init(from: from, to: to, in: context)
    }

    func read(_ source: OneDNNMemory) throws(DenoisingError) -> OneDNNMemory {
        if source.layout.isSame(as: copy.layout) { return source }
        try reorder.run(source: source, target: copy)
        return copy
    }
}
