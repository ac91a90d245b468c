internal import CLatticeKernel
internal import Numerics
import Synchronization

/// Words for the kernel, aligned to cache lines, in memory of their own; secret ones are wiped before they are freed or kept for
/// the next, and get into no child process.
///
/// `@unchecked` because the compiler cannot see that words are either written while one thread makes them and read ever after, or
/// written by several threads that each have a part of their own: whoever shares a block says which.
final class KernelMemory: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<UInt64>
    let count: Int
    private let isSecret: Bool

    /// Contents are undefined until written; zero where they are secret.
    init(count: Int, isSecret: Bool) {
        self.count = count
        self.isSecret = isSecret
        pointer = isSecret ? lk_secret_allocate(count) : lk_allocate(count)
    }

    deinit { isSecret ? lk_secret_release(pointer, count) : lk_release(pointer, count, 0) }

    func wipe() { lk_wipe(pointer, 8 * count) }

    /// What the kernel needs besides; what it held of secrets is wiped with it.
    static func workspace() -> KernelMemory { KernelMemory(count: lk_workspace_words(), isSecret: true) }

    var bytes: UnsafeMutablePointer<UInt8> {
        UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: UInt8.self)
    }

    var signed: UnsafeMutablePointer<Int64> {
        UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: Int64.self)
    }
}

/// The parameters as the kernel reads them.
final class LatticeRing: Sendable {
    let parameters: LatticeParameters
    let path: LatticePath
    private let memory: KernelMemory

    init(_ parameters: LatticeParameters, path: LatticePath? = nil) throws(LatticeError) {
        self.parameters = parameters
        self.path = try LatticePath.selected(path)
        memory = KernelMemory(count: lk_context_words(), isSecret: false)
        let primes = parameters.primes
        precondition(
            lk_context_init(memory.pointer, self.path.code, primes) != 0,
            "a parameter set consists of two primes the kernel takes")
    }

    var context: UnsafePointer<UInt64> { UnsafePointer(memory.pointer) }
}

/// An address that threads share while its owner keeps the memory: all of them read, or each writes a part of its own.
///
/// `@unchecked` for that reason.
struct Shared<Address>: @unchecked Sendable {
    let pointer: Address

    init(_ pointer: Address) { self.pointer = pointer }
}

/// Scratch of one thread at a time: what the kernel needs, and the coefficients of a plaintext.
///
/// Wiped when its user is done and kept for the next one: to make a block of secret memory takes four system calls and its pages, which
/// is longer than an answer takes to open.
package final class Scratch: Sendable {
    let workspace = KernelMemory.workspace()
    let coefficients = KernelMemory(count: LatticeParameters.degree, isSecret: true)

    private static let idle = Mutex<[Scratch]>([])

    /// How many blocks nobody uses, and whether all of them are zero; for tests.
    package static var idleBlocks: (count: Int, areWiped: Bool) {
        idle.withLock { idle in
            let blocks = idle.flatMap { [$0.workspace, $0.coefficients] }
            return (
                blocks.count, blocks.allSatisfy { block in (0..<block.count).allSatisfy { block.pointer[$0] == 0 } }
            )
        }
    }

    static func use<Output>(_ body: (Scratch) -> Output) -> Output {
        let scratch = idle.withLock { $0.popLast() } ?? Scratch()
        defer {
            scratch.workspace.wipe()
            scratch.coefficients.wipe()
            idle.withLock { $0.append(scratch) }
        }
        return body(scratch)
    }
}

/// Runs `body` for parts of 0 ..< count on up to `threads` threads, each part with scratch of its own.
/// - Returns: what it returned, in the order of the parts.
@discardableResult
func inParts<Output: Sendable>(
    _ count: Int, threads: Int, _ body: @Sendable (Range<Int>, Scratch) -> Output
) -> [Output] {
    guard count > 0 else { return [] }
    let parts = min(count, threads > 1 ? 4 * threads : 1)
    return parallelMap(parts, threads: threads) { part in
        Scratch.use { body(count * part / parts..<count * (part + 1) / parts, $0) }
    }
}
