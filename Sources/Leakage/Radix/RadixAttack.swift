package import Denoising
package import Paillier
@_spi(Unprotected) package import PrivateDenoising
package import Numerics

/// E: a malicious client sends powers of two instead of an image and reads a filter, or a whole linear network, from few
/// decryptions.
///
/// Its upload is made of valid ciphertexts, so no server can tell. Noise in unused slots leaves it the bits of the used ones; with a
/// full batch there are no others.
package struct RadixAttack: Sendable {
    /// What was read.
    package struct Reading: Sendable, Equatable {
        /// By output channel: `[in][kh][kw]`, or the beginning of it, as far as the image had room; nil where nothing was left under
        /// a mask.
        package let rows: [[BigInteger]?]
        /// Ciphertexts decrypted for each row, and one more where the bias had to be taken off.
        package let decryptions: Int
        /// False where a mask hides the sign of what one decryption gives.
        package let isSignKnown: Bool
    }

    /// Whether the attacker reckons with noise in unused slots, as a server that follows the protocol puts there.
    private let isNoisy: Bool
    /// Of the first layer's weights, a public precision.
    private let weightBits: Int

    package init(isNoisy: Bool = true, weightBits: Int) {
        self.isNoisy = isNoisy
        self.weightBits = weightBits
    }

    /// Sends the query to a server and records both messages.
    /// - Parameter isNoisy: whether this server fills unused slots; the attacker of a run that is not may expect anything.
    package func record(
        _ agreement: Agreement, network: IntegerNetwork, key: PrivateKey, threads: Int
    ) throws -> Transcript {
        let steps = try Conversation<PaillierScheme>(agreement).steps
        let query = Message(steps[0], body: try query(agreement, key: key, threads: threads))
        let protections = isNoisy ? Protections.all : Protections.all.without(.unusedSlotNoise)
        var server = try Server<PaillierScheme>(
            agreement: agreement, network: network, key: PaillierScheme.PublicKey(key.publicKey, randomness: .djn),
            threads: threads, protections: protections)
        try server.receive(query)
        return Transcript(
            agreement: agreement, key: server.identity, messages: [query, try server.send()], steps: steps)
    }

    /// The upload: powers of two in the windows asked for, zeros elsewhere and in all other groups of images.
    private func query(_ agreement: Agreement, key: PrivateKey, threads: Int) throws -> [UInt8] {
        let plan = try RadixPlan(agreement, weightBits: weightBits, isNoisy: isNoisy)
        let layout = try PaillierScheme.layouts(for: agreement)[0]
        var values = [BigInteger](repeating: .zero, count: layout.ciphertexts(.input))
        for spot in plan.spots {
            for tap in spot.taps { values[spot.inputs[tap]] = .one << plan.shift(tap, in: spot) }
        }
        return key.encrypt(try Plaintexts(values, key: key.publicKey), threads: threads).serialised()
    }

    /// Reads the rows off an answered query.
    /// - Throws: `LeakageError.unsuitable` for another transcript, the scheme's error for ciphertexts that are none.
    package func read(_ transcript: Transcript, key: PrivateKey, threads: Int) throws -> Reading {
        let agreement = transcript.agreement
        guard transcript.key == key.publicKey.n.text(radix: 16), agreement.mask?.isShared != true,
            agreement.permutation == .none, agreement.layout == .batch,
            let down = try transcript.ciphertexts(.down, round: 0)
        else {
            throw LeakageError.unsuitable(
                attack: "radix",
                expected: "an answered transcript of this key in the batch layout, "
                    + "masked value by value and in order if at all")
        }
        let plan = try RadixPlan(agreement, weightBits: weightBits, isNoisy: isNoisy)
        let (plane, channels) = (agreement.rounds[0].output.planeSize, agreement.rounds[0].output.channels)
        let size = key.publicKey.ciphertextBytes
        let wanted = plan.spots.map(\.output) + [plan.blank]
        let bytes = (0..<channels).flatMap { channel in
            wanted.flatMap { output in
                let start = down.bytes.startIndex + (channel * plane + output) * size
                return down.bytes[start..<start + size]
            }
        }
        let plaintexts = try key.decrypt(
            Ciphertexts(serialised: bytes[...], count: channels * wanted.count, key: key.publicKey), threads: threads)
        let values = (0..<channels * wanted.count).map { plaintexts.signed($0, key: key.publicKey) }
        let rows = (0..<channels).map { channel in
            row(plan, Array(values[channel * wanted.count..<(channel + 1) * wanted.count]), agreement)
        }
        return Reading(
            rows: rows, decryptions: plan.spots.count + (agreement.mask == nil ? 1 : 0),
            isSignKnown: !agreement.mode.hidesSigns)
    }

    private func row(_ plan: RadixPlan, _ values: [BigInteger], _ agreement: Agreement) -> [BigInteger]? {
        let blank = values[plan.spots.count]
        var row: [BigInteger] = []
        for (spot, value) in zip(plan.spots, values) {
            guard agreement.mask == nil else {
                guard let weights = unmasked(plan.digits(of: value, spot)) else { return nil }
                row += weights
                continue
            }
            // Each ciphertext has a sign of its own in sign-pair. With another one than the blank's the bias does not go off, but
            // doubles, and the digits are too large.
            let isSame = !agreement.mode.hidesSigns || plan.isPlausible(value - blank, spot)
            row += plan.digits(of: isSame ? value - blank : blank + value, spot).map { isSame ? $0 : -$0 }
        }
        return row
    }

    /// The common factor of the digits is the mask, unless the weights have one too.
    private func unmasked(_ digits: [BigInteger]) -> [BigInteger]? {
        let mask = digits.reduce(BigInteger.zero) { $0.greatestCommonDivisor($1.absoluteValue) }
        return mask.isZero ? nil : digits.map { $0.quotientAndRemainder(dividingBy: mask).quotient }
    }
}

extension RadixPlan {
    /// Balanced digits of a spot's plaintext.
    func digits(of value: BigInteger, _ spot: Spot) -> [BigInteger] { split(value, spot).digits }

    /// Whether all weights have the width they must have, and nothing lies above them.
    func isPlausible(_ value: BigInteger, _ spot: Spot) -> Bool {
        let (digits, rest) = split(value, spot)
        return rest.isZero && digits.allSatisfy { $0.bitWidth < weightBits }
    }

    private func split(_ value: BigInteger, _ spot: Spot) -> (digits: [BigInteger], rest: BigInteger) {
        var rest = value.centred(modulo: .one << capacity)
        rest = (rest - rest.centred(modulo: .one << firstBits)) >> firstBits
        let digits = spot.taps.map { _ in
            let digit = rest.centred(modulo: .one << digitBits)
            rest = (rest - digit) >> digitBits
            return digit
        }
        return (digits, rest)
    }
}
