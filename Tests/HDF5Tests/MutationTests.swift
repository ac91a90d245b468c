import Foundation
import HDF5
import TestSupport
import Testing

/// Bytes of good files changed at random: whatever comes of it is an answer or an error, in this process, in time.
///
/// The seed of a failure is in its message. `LDCT_MUTATIONS_ISOLATED` sets the number of inputs (default 500), `LDCT_MUTATION_SEED`
/// the first seed.
@Suite(.serialized) struct MutationTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    static func setting(_ name: String, _ fallback: UInt64) -> UInt64 {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } ?? fallback
    }

    /// A small generator of its own: this module knows no other.
    struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return z ^ (z >> 31)
        }
    }

    /// Everything this module can ask of a file.
    /// - Returns: whether the child died of it.
    static func readAll(_ path: String) throws -> Bool {
        let file = try HDF5File(reading: path)
        func visit(_ group: String, _ depth: Int) {
            for name in ((try? file.attributeNames(of: group)) ?? []).prefix(20) {
                _ = try? file.attribute(name, as: String.self, on: group)
                _ = try? file.attribute(name, as: [Double].self, on: group)
                _ = try? file.attribute(name, as: Int.self, on: group)
            }
            guard depth < 4, let members = try? file.members(of: group) else {
                _ = try? file.read(Float.self, from: group)
                _ = try? file.readStrings(from: group)
                return
            }
            for name in members.prefix(30) { visit("\(group == "/" ? "" : group)/\(name)", depth + 1) }
        }
        visit("/", 0)
        do {
            _ = try file.members()
        } catch .damaged(_, let reason) {
            return reason.contains("library fails") || reason.contains("does not end")
        } catch {}
        return false
    }

    @Test func mutatedFilesAreAnswersOrErrors() throws {
        let names = ["numbers", "strings", "filters", "latest", "elsewhere"]
        let originals = try names.map { try Data(contentsOf: URL(fileURLWithPath: ForeignFileTests.path($0))) }
        let (count, first) = (Self.setting("LDCT_MUTATIONS_ISOLATED", 500), Self.setting("LDCT_MUTATION_SEED", 1))
        let path = folder.file("mutant.h5")
        var (crashes, refusals, slowest) = (0, 0, 0.0)
        for seed in first..<first + count {
            var generator = Generator(state: seed)
            var bytes = originals[Int(seed) % originals.count]
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                // Most of what describes the values lies in the first kilobytes.
                let range = Bool.random(using: &generator) ? 0..<bytes.count : 0..<min(bytes.count, 2500)
                bytes[Int.random(in: range, using: &generator)] =
                    Bool.random(using: &generator)
                    ? UInt8.random(in: 0...255, using: &generator)
                    : [0, 1, 127, 128, 255].randomElement(using: &generator)!
            }
            if Int.random(in: 0..<20, using: &generator) == 0 {
                bytes = bytes.prefix(Int.random(in: 0...bytes.count, using: &generator))
            }
            try bytes.write(to: URL(fileURLWithPath: path))
            let start = ContinuousClock.now
            do {
                if try Self.readAll(path) { crashes += 1 }
            } catch let error as HDF5Error {
                refusals += 1
                #expect(!"\(error)".contains("\n"), "seed \(seed)")
            }
            let took = start.duration(to: .now)
            slowest = max(slowest, Double(took.components.seconds) + Double(took.components.attoseconds) * 1e-18)
        }
        print("\(count) mutants: \(refusals) refused at once, \(crashes) ended the child, slowest \(slowest) s")
        #expect(refusals > 0)
        // Three seconds of computing are allowed a request; a busy machine takes longer.
        #expect(slowest < 60)
    }
}
