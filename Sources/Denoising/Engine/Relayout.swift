/// A memory's values in another layout.
struct Relayout {
    /// nil where the layouts are the same.
    private let copy: (memory: OneDNNMemory, reorder: OneDNNOperation)?

    init(from: OneDNNLayout, to: OneDNNLayout, in context: OneDNNContext) throws(DenoisingError) {
        copy = from.isSame(as: to) ? nil : (try OneDNNMemory(to), try .reorder(from: from, to: to, in: context))
    }

    func read(_ source: OneDNNMemory) throws(DenoisingError) -> OneDNNMemory {
        guard let copy else { return source }
        try copy.reorder.run(source: source, target: copy.memory)
        return copy.memory
    }
}
