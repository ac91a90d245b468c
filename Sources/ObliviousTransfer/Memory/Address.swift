/// A pointer that several threads use on disjoint ranges.
struct Address<Pointee>: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Pointee>
    init(_ pointer: UnsafeMutablePointer<Pointee>) { self.pointer = pointer }
}

/// Appends `count` bytes that `body` writes.
func append(_ count: Int, to message: inout [UInt8], _ body: (Address<UInt8>) -> Void) {
    let start = message.count
    message.append(contentsOf: repeatElement(0, count: count))
    message.withUnsafeMutableBufferPointer { bytes in
        guard let first = bytes.baseAddress else { return }
        body(Address(first + start))
    }
}

/// Calls `body` with the bytes of a message, which it only reads.
func read(_ message: ArraySlice<UInt8>, _ body: (Address<UInt8>) -> Void) {
    message.withUnsafeBufferPointer { bytes in
        guard let first = bytes.baseAddress else { return }
        body(Address(UnsafeMutablePointer(mutating: first)))
    }
}
