import COneDNN

/// Values in whatever order oneDNN asked for, 64-byte aligned, owned and zero at first.
final class OneDNNMemory {
    let layout: OneDNNLayout
    let handle: OpaquePointer
    /// All of it, what only fills up a block included.
    private let storage: UnsafeMutableBufferPointer<Float>

    init(_ layout: OneDNNLayout) throws(DenoisingError) {
        self.layout = layout
        handle = try made("memory") { conednn_memory_make(&$0, layout.handle) }
        let count = conednn_memory_size(handle) / MemoryLayout<Float>.stride
        storage = UnsafeMutableBufferPointer(
            start: conednn_memory_bytes(handle).bindMemory(to: Float.self, capacity: count), count: count)
    }

    deinit { conednn_memory_free(handle) }

    /// The same memory as bytes, for layouts of them.
    var bytes: UnsafeMutablePointer<UInt8> {
        let size = conednn_memory_size(handle)
        return conednn_memory_bytes(handle).bindMemory(to: UInt8.self, capacity: size)
    }

    /// The same memory as sums of 32 bits.
    var sums: UnsafePointer<Int32> {
        let size = conednn_memory_size(handle)
        return UnsafePointer(conednn_memory_bytes(handle).bindMemory(to: Int32.self, capacity: size / 4))
    }

    /// The first `values.count` floats; meaningful in plain layouts only.
    func write(_ values: [Float]) {
        precondition(values.count <= storage.count)
        for index in values.indices { storage[index] = values[index] }
    }

    /// The first `values.count` bytes, in a plain layout.
    func write(_ values: [Int8]) {
        let bytes = self.bytes
        precondition(values.count <= conednn_memory_size(handle))
        for index in values.indices { bytes[index] = UInt8(bitPattern: values[index]) }
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

    /// To the nearest levels. - Parameter slopes: of the same layout; takes what the derivative is taken for.
    func round(to levels: ActivationLevels, slopes: OneDNNMemory?) {
        precondition(slopes.map { $0.storage.count == storage.count } ?? true)
        if let slopes {
            for index in 0..<storage.count { slopes.storage[index] = levels.slope(storage[index]) }
        }
        for index in 0..<storage.count { storage[index] = levels.nearest(storage[index]) }
    }

    /// `self *= other`, both in the same layout.
    func multiply(by other: OneDNNMemory) {
        precondition(other.storage.count == storage.count)
        for index in 0..<storage.count { storage[index] *= other.storage[index] }
    }

    /// Backward pass of ReLU: keeps what lies where `activation` is positive.
    func mask(wherePositive activation: OneDNNMemory) {
        precondition(activation.storage.count == storage.count)
        for index in 0..<storage.count { storage[index] = activation.storage[index] > 0 ? storage[index] : 0 }
    }
}
