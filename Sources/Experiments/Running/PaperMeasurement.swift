import Denoising
import PaperScheme
import Paillier
import PrivateDenoising
import Reporting

/// The published encoding's times on a sample: seconds per multiply-accumulate, encryption and decryption, which are the same
/// there whatever the network's size, so that they carry over to any number of them.
struct PaperMeasurement {
    let perMultiplyAccumulate, perEncryption, perDecryption: Double
    /// In the sample.
    let multiplyAccumulates: Int

    init(key: PrivateKey, threads: Int) throws {
        let baseline = try PaperBaseline(key: key.publicKey, threads: threads)
        multiplyAccumulates = baseline.multiplyAccumulates
        perMultiplyAccumulate = try AlternatingTimer.seconds(baseline.run) / Double(baseline.multiplyAccumulates)
        let arithmetic = PaperArithmetic(key: key.publicKey)
        perEncryption = try AlternatingTimer.seconds { _ = try arithmetic.encrypt(0.5) }
        let one = try arithmetic.encrypt(0.5)
        perDecryption = try AlternatingTimer.seconds { _ = try key.decrypt([one]) }
    }

    /// Records of the sample, and of the case's network extrapolated from it: one ciphertext per value, and a round per layer or,
    /// without ReLU, a single one. The exponents that travel with the ciphertexts are not in the bytes.
    func records(_ cell: Cell, _ item: PreparedCase, key: PublicKey, threads: Int) throws -> [ResultRecord] {
        let common: [String: ParameterValue] = [
            ParameterName.scheme: .text(item.settings.scheme.rawValue), ParameterName.keyBits: .integer(key.bits),
            ParameterName.threads: .integer(threads),
        ]
        func row(_ isExtrapolated: Bool) -> RowRecords {
            RowRecords(
                cell, .encrypted, mode: true,
                parameters: common.merging([ParameterName.extrapolated: .flag(isExtrapolated)]) { $1 })
        }
        let sample = row(false)
        let measured = [
            sample.record(.multiplyAccumulates, multiplyAccumulates),
            sample.record(.secondsPerMultiplyAccumulate, perMultiplyAccumulate),
            sample.record(.secondsServer, perMultiplyAccumulate * Double(multiplyAccumulates)),
        ]
        let shapes = try item.shapes()
        let isOneRound = item.settings.mode == .linear
        let up = (isOneRound ? Array(shapes.prefix(1)) : shapes.dropLast()).reduce(0) { $0 + $1.elementCount }
        let down = (isOneRound ? Array(shapes.suffix(1)) : Array(shapes.dropFirst())).reduce(0) { $0 + $1.elementCount }
        let work = try item.multiplyAccumulates()
        let server = perMultiplyAccumulate * Double(work)
        // The sample's layer used all threads, its client one.
        let encrypt = perEncryption * Double(up) / Double(threads)
        let decrypt = perDecryption * Double(down) / Double(threads)
        let whole = row(true)
        return measured + [
            whole.record(.multiplyAccumulates, work),
            whole.record(.secondsPerMultiplyAccumulate, perMultiplyAccumulate),
            whole.record(.secondsServer, server), whole.record(.secondsEncrypt, encrypt),
            whole.record(.secondsDecrypt, decrypt), whole.record(.secondsClient, encrypt + decrypt),
            whole.record(.secondsTotal, server + encrypt + decrypt), whole.record(.ciphertextsUp, up),
            whole.record(.ciphertextsDown, down), whole.record(.bytesUp, up * key.ciphertextBytes),
            whole.record(.bytesDown, down * key.ciphertextBytes),
            whole.record(.rounds, isOneRound ? 1 : item.network.layers.count),
        ]
    }
}
