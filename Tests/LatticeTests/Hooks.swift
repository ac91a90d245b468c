import CLatticeKernel
import Synchronization

/// Sizes of blocks the kernel freed: those that were all zeros, and those that were not.
enum ReleaseLog {
    private static let sizes = Mutex<(wiped: Set<Int>, others: Set<Int>)>(([], []))

    static func start() {
        sizes.withLock { $0 = ([], []) }
        lk_set_release_hook { block, words in
            guard let block else { return }
            let isZero = UnsafeBufferPointer(start: block, count: words).allSatisfy { $0 == 0 }
            ReleaseLog.sizes.withLock {
                if isZero { _ = $0.wiped.insert(words) } else { _ = $0.others.insert(words) }
            }
        }
    }

    static func stop() -> (wiped: Set<Int>, others: Set<Int>) {
        lk_set_release_hook(nil)
        return sizes.withLock { $0 }
    }
}
