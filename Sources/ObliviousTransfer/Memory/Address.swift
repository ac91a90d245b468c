/// A pointer that several threads use on disjoint ranges.
package struct Address<Pointee>: @unchecked Sendable {
    package let pointer: UnsafeMutablePointer<Pointee>
    package init(_ pointer: UnsafeMutablePointer<Pointee>) { self.pointer = pointer }
}

/// Appends `count` bytes that `body` writes, all of them.
func append(_ count: Int, to message: inout [UInt8], _ body: (Address<UInt8>) -> Void) {
    message.append(addingCapacity: count) { added in
        added.withUnsafeMutableBufferPointer { bytes, initialized in
            guard let first = bytes.baseAddress else { return }
            body(Address(first))
            initialized = count
        }
    }
}

/// Calls `body` with the bytes of a message, which it only reads.
func read(_ message: ArraySlice<UInt8>, _ body: (Address<UInt8>) -> Void) {
    message.withUnsafeBufferPointer { bytes in
        guard let first = bytes.baseAddress else { return }
        body(Address(UnsafeMutablePointer(mutating: first)))
    }
}
