import COneDNN

/// Floats in whatever order oneDNN asked for, 64-byte aligned, owned and zero at first.
final class OneDNNMemory {
    let descriptor: dnnl_memory_desc_t
    let handle: OpaquePointer
    private let storage: UnsafeMutableBufferPointer<Float>

    init(_ descriptor: dnnl_memory_desc_t, in context: OneDNNContext) throws(DenoisingError) {
        self.descriptor = descriptor
        let bytes = withUnsafePointer(to: descriptor) { dnnl_memory_desc_get_size($0) }
        // A cache line at least, so that an empty scratch pad still has an address.
        let count = max(16, (bytes + 3) / 4)
        let raw = UnsafeMutableRawPointer.allocate(byteCount: count * 4, alignment: 64)
        storage = UnsafeMutableBufferPointer(start: raw.bindMemory(to: Float.self, capacity: count), count: count)
        storage.initialize(repeating: 0)
        do {
            handle = try made("dnnl_memory_create") { handle in
                withUnsafePointer(to: descriptor) { dnnl_memory_create(&handle, $0, context.engine, raw) }
            }
        } catch {
            storage.deallocate()
            throw error
        }
    }

    deinit {
        dnnl_memory_destroy(handle)
        storage.deallocate()
    }

    /// The first `values.count` floats; meaningful in plain layouts only.
    func write(_ values: [Float]) {
        precondition(values.count <= storage.count)
        for index in values.indices { storage[index] = values[index] }
    }

    func read(_ count: Int) -> [Float] {
        precondition(count <= storage.count)
        return Array(storage[0..<count])
    }

    /// Sums over images and positions of each channel, in a plain layout of the given shape.
    ///
    /// Sixteen partial sums per row of a plane in Float, what they give in Double.
    func channelSums(_ shape: TensorShape) -> [Float] {
        precondition(shape.elementCount <= storage.count)
        var sums = [Double](repeating: 0, count: shape.channels)
        for row in 0..<(shape.count * shape.channels * shape.height) {
            let start = row * shape.width
            var lanes = SIMD16<Float>(repeating: 0)
            var column = 0
            while column + 16 <= shape.width {
                lanes += UnsafeRawBufferPointer(storage).loadUnaligned(
                    fromByteOffset: 4 * (start + column), as: SIMD16<Float>.self)
                column += 16
            }
            var sum = Double(lanes.sum())
            while column < shape.width {
                sum += Double(storage[start + column])
                column += 1
            }
            sums[row / shape.height % shape.channels] += sum
        }
        return sums.map { Float($0) }
    }

    // The loops below act on every float, channels that only pad a block included: those are zero, and stay so.

    /// `self += other`, both in the same layout.
    func add(_ other: OneDNNMemory) {
        precondition(other.storage.count == storage.count)
        for index in 0..<storage.count { storage[index] += other.storage[index] }
    }

    func copy(_ other: OneDNNMemory) {
        precondition(other.storage.count == storage.count)
        for index in 0..<storage.count { storage[index] = other.storage[index] }
    }

    func applyReLU() {
        for index in 0..<storage.count { storage[index] = max(storage[index], 0) }
    }

    /// Backward pass of ReLU: keeps what lies where `activation` is positive.
    func mask(wherePositive activation: OneDNNMemory) {
        precondition(activation.storage.count == storage.count)
        for index in 0..<storage.count { storage[index] = activation.storage[index] > 0 ? storage[index] : 0 }
    }
}

/// Layouts of float tensors. `any` leaves the choice to the primitive that uses it.
extension dnnl_memory_desc_t {
    static func plain(_ sizes: [Int]) throws(DenoisingError) -> dnnl_memory_desc_t {
        try make(sizes, sizes.count == 1 ? dnnl_a : dnnl_abcd)
    }

    static func any(_ sizes: [Int]) throws(DenoisingError) -> dnnl_memory_desc_t {
        try make(sizes, dnnl_format_tag_any)
    }

    /// Length of each axis.
    var sizes: [Int] {
        withUnsafeBytes(of: dims) { $0.bindMemory(to: dnnl_dim_t.self).prefix(Int(ndims)).map { Int($0) } }
    }

    func isSameLayout(as other: dnnl_memory_desc_t) -> Bool {
        withUnsafePointer(to: self) { lhs in withUnsafePointer(to: other) { dnnl_memory_desc_equal(lhs, $0) != 0 } }
    }

    private static func make(
        _ sizes: [Int], _ tag: dnnl_format_tag_t
    ) throws(DenoisingError) -> dnnl_memory_desc_t {
        var descriptor = dnnl_memory_desc_t()
        let status = sizes.map(Int64.init).withUnsafeBufferPointer {
            dnnl_memory_desc_init_by_tag(&descriptor, Int32(sizes.count), $0.baseAddress, dnnl_f32, tag)
        }
        try check(status, "dnnl_memory_desc_init_by_tag")
        return descriptor
    }
}
