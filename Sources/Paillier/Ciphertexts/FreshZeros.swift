import CPaillierKernel
import Numerics
import Synchronization

/// Fresh encryptions of zero: all the randomness of as many ciphertexts, made before it is known what they will hold - a few at a time,
/// as time allows, and the rest when they are used.
///
/// Who knows one of them and the ciphertext it went into knows what that hides. They live in memory that is wiped with them, and serve
/// once: a second use ends the program.
public final class FreshZeros: Sendable {
    public let key: PublicKey
    public let count: Int
    private let threads: Int
    private let fill: @Sendable (UnsafeMutablePointer<UInt64>, Int) -> Void
    private let state: Mutex<State?>

    /// Whole batches of the kernel's, and a fraction of a second on any machine.
    private static let atOnce = 16

    private struct State: ~Copyable, Sendable {
        /// Modulo n^2, one after the other.
        let values: SecretWords
        var made = 0
    }

    /// - Parameter fill: writes so many zeros, values modulo n^2 one after the other.
    init(
        key: PublicKey, count: Int, threads: Int,
        _ fill: @escaping @Sendable (UnsafeMutablePointer<UInt64>, Int) -> Void
    ) {
        self.key = key
        self.count = count
        self.threads = threads
        self.fill = fill
        state = Mutex(State(values: SecretWords(count: max(1, count * key.ring.valueWords)) { _ in }))
    }

    /// Makes some that are missing.
    /// - Returns: whether some are still missing.
    public func makeSome() -> Bool {
        state.withLock { state in
            guard var taken = state.take() else { return false }
            make(Self.atOnce * max(1, threads), &taken)
            let isComplete = taken.made == count
            state = consume taken
            return !isComplete
        }
    }

    private func make(_ number: Int, _ state: inout State) {
        let (each, made, number) = (key.ring.valueWords, state.made, min(number, count - state.made))
        state.values.write { start in
            // Every thread writes a part of its own.
            nonisolated(unsafe) let target = start + made * each
            _ = parallelMap((number + Self.atOnce - 1) / Self.atOnce, threads: threads) { part in
                let first = part * Self.atOnce
                fill(target + first * each, min(Self.atOnce, number - first))
            }
        }
        state.made += number
    }

    /// Calls `body` with the values of all zeros, which are wiped afterwards.
    /// - Precondition: `count` is how many there are, `key` whose; not used before.
    func use<Result>(_ count: Int, of key: PublicKey, _ body: (UnsafePointer<UInt64>) -> Result) -> Result {
        precondition(count == self.count && key == self.key, "fresh zeros of another number or key")
        guard var state = state.withLock({ $0.take() }) else { preconditionFailure("fresh zeros used twice") }
        make(count, &state)
        return state.values.read(body)
    }
}

extension PublicKey {
    /// The plaintexts, each with one of the zeros.
    /// - Precondition: as many zeros as plaintexts, of this key, not used before.
    public func encrypt(_ plaintexts: Plaintexts, with zeros: FreshZeros, threads: Int = 1) -> Ciphertexts {
        zeros.use(plaintexts.count, of: self) { zeros in
            nonisolated(unsafe) let noise = zeros  // nobody writes any more
            let values = parallelChunks(plaintexts.count, threads: threads) { range in
                encrypt(plaintexts.words, range, noise: noise + range.lowerBound * ring.valueWords)
            }
            return Ciphertexts(key: self, values: values)
        }
    }

    /// Values modulo n^2 of some of the plaintexts. - Parameter noise: a zero for each of them.
    func encrypt(_ words: [UInt64], _ range: Range<Int>, noise: UnsafePointer<UInt64>) -> [UInt64] {
        var values = [UInt64](repeating: 0, count: range.count * ring.valueWords)
        words.withUnsafeBufferPointer { words in
            guard let start = words.baseAddress else { return }
            pk_encrypt(ring.context, &values, start + range.lowerBound * ring.modulusWords, noise, range.count)
        }
        return values
    }
}
