import Foundation
import Support
import Testing

/// What becomes of freed memory.
@Suite struct MemoryTests {
    /// Where it is not kept, the process is small again at once, which it would not be by itself: the C library learns to keep blocks
    /// of a size that came before. In a process of its own, whose setting it is.
    @Test func freedMemoryGoesBack() async {
        await #expect(processExitsWith: .success) {
            let size = 24 << 20
            func resident() throws -> Int {
                let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
                return try #require(Int(pages[1])) * Int(getpagesize())
            }
            Resources.keepFreedMemory(false)
            let before = try resident()
            var sum = 0
            for round in 1...3 {
                let block = [UInt8](repeating: UInt8(round), count: size)
                sum += Int(block[round])
            }
            #expect(sum == 6)
            #expect(try resident() - before < size / 2)
        }
    }
}
