import Denoising
import Foundation
import Lattice
import Numerics
import Paillier
import PrivateDenoising
import Testing

/// Messages with bytes changed, cut off or added, given to either party at any step: an error or a message it could have been, never
/// the end of the process. `LDCT_MUTATIONS` sets how many each case gets (100,000 take minutes).
@Suite struct MutatedMessageTests {
    private static let count = ProcessInfo.processInfo.environment["LDCT_MUTATIONS"].flatMap(Int.init) ?? 200

    struct Case: Sendable, CustomTestStringConvertible {
        let scheme: SchemeName
        let mode: Mode
        let layout: Layout
        var testDescription: String { "\(scheme.rawValue) \(mode.rawValue) \(layout.rawValue)" }
    }

    @Test(arguments: [
        Case(scheme: .paillier, mode: .clientAided, layout: .tile),
        Case(scheme: .paillier, mode: .signedMask, layout: .batch),
        Case(scheme: .lattice, mode: .clientAided, layout: .tile),
        Case(scheme: .cleartext, mode: .signPair, layout: .batch),
        Case(scheme: .cleartext, mode: .shared, layout: .batch),
    ])
    func endInAnError(item: Case) throws {
        switch item.scheme {
        case .paillier:
            try run(PaillierScheme.self, PaillierScheme.PrivateKey(PrivateKey(unsafeBits: 512)), keyBits: 512, item)
        case .lattice: try run(LatticeScheme.self, SecretKey(), keyBits: 512, item)
        default: try run(CleartextScheme.self, .init(pretendingKeyBits: 512), keyBits: 512, item)
        }
    }

    private func run<Scheme: AdditiveScheme>(
        _ scheme: Scheme.Type, _ key: Scheme.PrivateKey, keyBits: Int, _ item: Case
    ) throws {
        let network = try TestNetworks.network(
            TestNetworks.Setting(name: "", mode: item.mode, depth: 3, decoder: .same, relu: .all, channels: 2))
        let images = TestNetworks.images(count: 1, height: 6, width: 6)
        let agreement = try Agreement(
            mode: item.mode, layout: item.layout, network: network, images: images.shape,
            parameters: Scheme.parameters(of: Scheme.publicKey(of: key)))
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        var (refused, accepted) = (0, 0)
        // A session of shares begins with transfers on a curve.
        let count = item.mode == .shared ? Self.count / 5 : Self.count
        while refused + accepted < count {
            // Fresh parties: those of shares hold state that copies would have in common.
            var client = try Client<Scheme>(agreement: agreement, key: key, images: images)
            var server = try Server<Scheme>(agreement: agreement, network: network, key: Scheme.publicKey(of: key))
            while let step = client.step, refused + accepted < count {
                let isUp = step.direction == .up
                let message = isUp ? try client.send() : try server.send()
                let copies = item.mode == .shared ? (random.next() % 12 == 0 ? 1 : 0) : 12
                for _ in 0..<copies {
                    let mutant = Message(bytes: Self.mutated(message.bytes, &random))
                    guard mutant != message else { continue }
                    do {
                        if isUp {
                            var copy = server
                            try copy.receive(mutant)
                            if copy.step?.direction == .down { _ = try copy.send() }
                        } else {
                            var copy = client
                            try copy.receive(mutant)
                            if copy.step?.direction == .up { _ = try copy.send() }
                        }
                        accepted += 1
                    } catch {
                        refused += 1
                        #expect(!"\(error)".contains("\n"))
                    }
                }
                // Shared state may be spoilt now.
                if copies > 0, item.mode == .shared { break }
                if isUp { try server.receive(message) } else { try client.receive(message) }
            }
        }
        // Headers and lengths, half of the mutants, are refused always; what is accepted is another ciphertext. Even if all of those
        // were accepted, fewer than a third are refused of 500 with probability 1e-14, of the 100 of mode shared with 5e-4.
        #expect(refused > count / 3, "seed \(seed): \(refused) refused, \(accepted) accepted")
    }

    private static func mutated(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        switch Int(random.next() % 6) {
        case 0: bytes.removeLast(Int(random.next() % UInt64(bytes.count)) + 1)
        case 1:
            bytes += [UInt8](repeating: UInt8(truncatingIfNeeded: random.next()), count: Int(random.next() % 64) + 1)
        case 2: bytes[Int(random.next() % 16)] ^= UInt8(1 << (random.next() % 8))
        case 3:
            let start = min(bytes.count - 1, 16 + Int(random.next() % UInt64(max(1, bytes.count - 16))))
            for index in start..<bytes.count { bytes[index] = 0xff }
        default:
            for _ in 0...Int(random.next() % 8) {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
        }
        return bytes
    }
}
