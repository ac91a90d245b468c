import CObliviousTransfer
import CSecretMemory
import Dispatch
import Synchronization
import TestSupport
import Testing

import ObliviousTransfer

@Suite struct TransferTests {
    static let paths = TransferKernel.allCases.filter(\.isAvailable)

    /// Both sides of one session.
    final class Session {
        let client, server: TransferEnds
        let messages: [[UInt8]]

        init(_ field: TransferField, _ kernel: TransferKernel) throws {
            let client = TransferHandshake.Client(field, kernel: kernel)
            let first = client.message
            let server = try TransferHandshake.Server(field, start: first[...], kernel: kernel)
            var last: [UInt8] = []
            let answer = server.message
            self.client = try client.finish(answer[...], reply: &last)
            self.server = try server.finish(last[...])
            messages = [first, answer, last]
        }
    }

    // FIPS-197, appendix B and C.1.
    @Test(arguments: paths) func aesGivesKnownAnswers(kernel: TransferKernel) {
        let cases: [([UInt8], [UInt8], [UInt8])] = [
            (
                [0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c],
                [0x32, 0x43, 0xf6, 0xa8, 0x88, 0x5a, 0x30, 0x8d, 0x31, 0x31, 0x98, 0xa2, 0xe0, 0x37, 0x07, 0x34],
                [0x39, 0x25, 0x84, 0x1d, 0x02, 0xdc, 0x09, 0xfb, 0xdc, 0x11, 0x85, 0x97, 0x19, 0x6a, 0x0b, 0x32]
            ),
            (
                Array(0..<16), (0..<16).map { 0x11 * $0 },
                [0x69, 0xc4, 0xe0, 0xd8, 0x6a, 0x7b, 0x04, 0x30, 0xd8, 0xcd, 0xb7, 0x80, 0x70, 0xb4, 0xc5, 0x5a]
            ),
        ]
        let path: ot_path =
            switch kernel {
            case .vaes512: OT_VAES512
            case .vaes: OT_VAES
            case .aesni: OT_AESNI
            case .portable: OT_PORTABLE
            }
        for (seed, plain, expected) in cases {
            var key = [UInt8](repeating: 0, count: Int(OT_KEY_BYTES))
            ot_expand(path, &key, seed, 1)
            for place in [0, 1, 17, 31] {
                var blocks = [UInt8](repeating: 0x5a, count: 512)
                blocks.replaceSubrange(16 * place..<16 * place + 16, with: plain)
                ot_encrypt(path, &blocks, key, 1)
                #expect(Array(blocks[16 * place..<16 * place + 16]) == expected)
            }
        }
    }

    @Test(arguments: paths) func streamsAreTheSameOnAllPaths(kernel: TransferKernel) {
        var stream = SecretStream(unsafeSeed: 5, kernel: kernel)
        var other = SecretStream(unsafeSeed: 5, kernel: .portable)
        for _ in 0..<2 {
            let numbers = stream.numbers(blocks: 3, bits: 33)
            let others = other.numbers(blocks: 3, bits: 33)
            #expect(
                (0..<numbers.count).allSatisfy { numbers.words[$0] == others.words[$0] && numbers.words[$0] < 1 << 33 })
        }
    }

    @Test(arguments: TransferField.allCases) func messagesHaveTheirSizes(field: TransferField) throws {
        let session = try Session(field, .selected())
        #expect(session.messages.map(\.count) == TransferHandshake.messageBytes(field))
        #expect(TransferHandshake.messageBytes(field) == [32 + 248 * 66, 32 + 33 + 248 * 32 + 248 * 66, 33 + 248 * 32])
    }

    /// A stream gives no number twice, however much is taken at a time.
    @Test(arguments: paths) func streamsGoOn(kernel: TransferKernel) {
        var stream = SecretStream(unsafeSeed: 6, kernel: kernel)
        var seen: [UInt64] = []
        for blocks in [1, 3, 8, 17, 2] {
            let numbers = stream.numbers(blocks: blocks, bits: 64)
            seen += (0..<numbers.count).map { numbers.words[$0] }
        }
        // Of so many words of 64 bits two agree once in 10^10 seeds; this one is fixed.
        #expect(Set(seen).count == seen.count)
    }

    /// All sessions are drawn anew, and no choice plane of a session comes twice.
    @Test func choicesAndPadsAreFresh() throws {
        var planes = Set<[UInt64]>()
        var drawn = 0
        for _ in 0..<2 {
            let session = try Session(.eight, .selected())
            var message: [UInt8] = []
            // Up to several chunks of eight blocks, which two threads share.
            for blocks in [1, 2, 17] {
                for index in 1...5 {
                    let shape = TransferShape(index: index, pad: .bits(1))
                    var client = session.client.receiver.choose(shape, blocks: blocks, threads: 2, message: &message)
                    var server = session.server.receiver.choose(shape, blocks: blocks, threads: 2, message: &message)
                    for plane in 0..<index {
                        for mask in [Self.words(client.mask(plane)), Self.words(server.mask(plane))] {
                            for block in 0..<blocks { planes.insert(Array(mask[8 * block..<8 * block + 8])) }
                            drawn += blocks
                        }
                    }
                }
            }
        }
        #expect(planes.count == drawn)
    }

    static func words(_ planes: consuming BitPlanes) -> [UInt64] {
        (0..<planes.planeWords).map { planes.plane(0)[$0] }
    }

    @Test func malformedMessagesAreRefused() throws {
        let kernel = try TransferKernel.selected()
        let client = TransferHandshake.Client(.four, kernel: kernel)
        let first = client.message
        for wrong in [[], first.dropLast(), first + [0]] {
            #expect(throws: ObliviousTransferError.self) {
                _ = try TransferHandshake.Server(.four, start: wrong[...], kernel: kernel)
            }
        }
        // A point that is not on the curve, and the encodings of infinity and of an x beyond the field.
        for prefix in [[0], [4], [2] + [UInt8](repeating: 0xff, count: 32)] as [[UInt8]] {
            var wrong = first
            wrong.replaceSubrange(32..<32 + prefix.count, with: prefix)
            #expect(throws: ObliviousTransferError.self) {
                _ = try TransferHandshake.Server(.four, start: wrong[...], kernel: kernel)
            }
        }
        let server = try TransferHandshake.Server(.four, start: first[...], kernel: kernel)
        let answer = server.message
        var reply: [UInt8] = []
        let isRefused: Bool
        do {
            _ = try client.finish(answer.dropLast(), reply: &reply)
            isRefused = false
        } catch { isRefused = true }
        #expect(isRefused)
    }

    /// A choice bit or a pad that is used again ends the program.
    @Test func secondUseEndsTheProgram() async {
        await #expect(processExitsWith: .failure) {
            let once = OneTime(SecretMemory(words: 1))
            _ = once.take()
            _ = once.take()
        }
        await #expect(processExitsWith: .failure) {
            let session = try Session(.four, .selected())
            var message: [UInt8] = []
            var chosen = session.client.receiver.choose(
                TransferShape(index: 2, pad: .bits(1)), blocks: 1, threads: 1, message: &message)
            _ = chosen.mask(1)
            _ = chosen.mask(1)
        }
    }

    /// Child processes, of which some read strangers' files, and core files get no secrets.
    @Test func secretsAreKeptApart() throws {
        let memory = SecretMemory(words: 13)
        let flags = try MemoryFlags.of(memory.words)
        #expect(flags.isSuperset(of: ["wf", "dd"]))
        // Used once more, so that it is not given back before.
        memory.words[0] = 0
    }

    @Test func secretsAreWiped() {
        WipeRecord.start()
        do {
            let memory = SecretMemory(words: 100)
            for index in 0..<100 { memory.words[index] = 7 }
        }
        #expect(WipeRecord.stop() >= 1)
    }

    /// Large blocks serve again, several threads at once: whatever was in them, whoever takes them finds zeros and has them alone.
    @Test func largeSecretsComeBackZeroAndApart() {
        DispatchQueue.concurrentPerform(iterations: 4) { part in
            for round in 0..<40 {
                let words = 131_072 * (1 + (part + round) % 4) - round % 2
                let first = SecretMemory(words: words)
                let second = SecretMemory(words: 131_072)
                #expect((0..<words).allSatisfy { first.words[$0] == 0 })
                #expect((0..<131_072).allSatisfy { second.words[$0] == 0 })
                #expect((try? MemoryFlags.of(first.words).isSuperset(of: ["wf", "dd"])) == true)
                let values = (UInt64(2 * part + 1), UInt64(2 * part + 2))
                first.words.update(repeating: values.0, count: words)
                second.words.update(repeating: values.1, count: 131_072)
                #expect((0..<words).allSatisfy { first.words[$0] == values.0 })
                #expect((0..<131_072).allSatisfy { second.words[$0] == values.1 })
            }
        }
    }

    /// All bytes that are asked for and no other. The generator gives at most 2^25 - 1 at once, 256 without being interrupted.
    @Test(arguments: [0, 1, 256, 257, 1 << 25 + 1]) func systemRandomnessFillsWhatIsAsked(count: Int) {
        var bytes = [UInt8](repeating: 0, count: count + 32)
        sm_random(&bytes, count)
        #expect(bytes[count...].allSatisfy { $0 == 0 })
        // 32 zeros in a row: probability 2^-256.
        for start in stride(from: 0, to: count - 31, by: max(1, count / 64)) {
            #expect(bytes[start..<start + 32].contains { $0 != 0 })
        }
        #expect(count < 32 || bytes[count - 32..<count].contains { $0 != 0 })
    }

    /// What is kept, in a process of its own: a released block, for one of half its size and more, never beyond what was in use at once.
    @Test func largeSecretsAreKeptWithinBounds() async {
        await #expect(processExitsWith: .success) {
            func use(_ megabytes: Int) {
                let memory = SecretMemory(words: megabytes << 17)
                precondition((0..<memory.count).allSatisfy { memory.words[$0] == 0 })
                memory.words.update(repeating: .max, count: memory.count)
            }
            precondition(sm_kept_bytes() == 0)
            use(2)
            precondition(sm_kept_bytes() == 2 << 20, "kept")
            do {
                let memory = SecretMemory(words: 1 << 17)
                precondition(sm_kept_bytes() == 0, "serves a smaller one")
                memory.words[0] = 1
            }
            precondition(sm_kept_bytes() == 2 << 20, "kept again, whole")
            use(5)
            precondition(sm_kept_bytes() == 5 << 20, "the smaller one made room")
            use(2)
            precondition(sm_kept_bytes() == 2 << 20, "too large for the smaller one, so that it made room")
            sm_give_back_kept()
            precondition(sm_kept_bytes() == 0, "given back")
        }
    }

    /// A stream is the same on any number of threads, and never goes back.
    @Test func streamsDoNotDependOnThreads() throws {
        func draws(_ threads: Int) throws -> [[UInt64]] {
            var stream = SecretStream(unsafeSeed: 9, kernel: try .selected())
            return (0..<2).map { _ in
                let numbers = stream.numbers(blocks: 37, bits: 64, threads: threads)
                return (0..<numbers.count).map { numbers.words[$0] }
            }
        }
        let expected = try draws(1)
        #expect(Set(expected.joined()).count == 2 * 37 * 512)
        #expect(try draws(2) == expected)
        #expect(try draws(3) == expected)
    }

    /// Points without a known logarithm look like keys: both prefixes, about as often. If they always had the first, three quarters of
    /// either side would have it.
    @Test func offersHaveBothPrefixesOnBothSides() throws {
        let offers = try (0..<4).map { _ in
            Array(TransferHandshake.Client(.four, kernel: try .selected()).message.dropFirst(32))
        }
        for side in 0..<2 {
            let prefixes = offers.flatMap { offers in (0..<248).map { offers[66 * $0 + 33 * side] } }
            #expect(Set(prefixes) == [2, 3])
            // 992 fair coins, seven standard deviations of 15.7: probability 2.6e-12 a side. The fault would stand 248 apart.
            #expect(abs(prefixes.count { $0 == 2 } - 496) < 110)
        }
    }
}

/// Counts blocks that were zero when they were given back. Other tests run beside; theirs are wiped as well.
enum WipeRecord {
    private static let wiped = Atomic(0)
    private static let dirty = Atomic(0)

    static func start() {
        ot_set_release_hook { block, words in
            guard let block else { return }
            if (0..<words).allSatisfy({ block[$0] == 0 }) {
                WipeRecord.wiped.wrappingAdd(1, ordering: .relaxed)
            } else {
                WipeRecord.dirty.wrappingAdd(1, ordering: .relaxed)
            }
        }
    }

    static func stop() -> Int {
        ot_set_release_hook(nil)
        return dirty.load(ordering: .relaxed) == 0 ? wiped.load(ordering: .relaxed) : 0
    }
}
