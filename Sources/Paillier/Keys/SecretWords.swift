import CPaillierKernel

/// Memory for key material: allocated apart, never copied, wiped before it is freed or kept for the next.
///
/// `@unchecked` because the compiler cannot see that whoever writes has them alone, or writes a part of its own, and that they are read
/// ever after.
package struct SecretWords: ~Copyable, @unchecked Sendable {
    private let pointer: UnsafeMutablePointer<UInt64>
    package let count: Int

    /// `count` words, zero, then filled by `body`.
    package init(count: Int, _ body: (UnsafeMutablePointer<UInt64>) -> Void) {
        self.count = count
        pointer = pk_secret_allocate(count)
        body(pointer)
    }

    deinit { pk_secret_release(pointer, count) }

    func write(_ body: (UnsafeMutablePointer<UInt64>) -> Void) { body(pointer) }

    package borrowing func read<Result: ~Copyable>(_ body: (UnsafePointer<UInt64>) throws -> Result) rethrows -> Result
    {
        try body(pointer)
    }
}
