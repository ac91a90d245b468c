public import Foundation
import Support

/// Everything that can be wrong with a network, its weights or its training. The text is always one line: what, where,
/// what was expected.
public indirect enum DenoisingError: Error, Equatable {
    /// The list of layers makes no sense by itself.
    case invalidNetwork(layer: String, reason: String)
    /// A tensor does not fit where it was used.
    case wrongShape(what: String, found: [Int], expected: [Int])
    /// An input is too small for a layer, or two activations that are added differ in size.
    case sizeMismatch(layer: String, reason: String)
    case missingTensor(name: String, expected: [Int])
    case unexpectedTensor(name: String, shape: [Int])
    case nonFinite(tensor: String, index: Int)
    case checksumMismatch(found: String, expected: String)
    /// The weights describe one network, the caller asked for another.
    case architectureMismatch(found: String, expected: String)
    case malformedFile(reason: String)
    case missingCalibration(expected: String)
    case invalidCalibration(reason: String)
    /// Requantised networks are defined for ReLU after every layer but the last only.
    case reluMissing(layer: String)
    case invalidPrecision(what: String, found: Int, expected: ClosedRange<Int>)
    /// The skip-add's scale is too coarse to be expressed in the layer's own: its multiplier would be zero.
    case skipTooCoarse(layer: String, channel: Int)
    /// A power-of-two network whose layer would have to be shifted to the left.
    case negativeShift(layer: String, shift: Int, weightBits: Int)
    case accumulatorTooWide(layer: String, neededBits: Int, availableBits: Int)
    case valueOutOfRange(what: String, expected: String)
    case invalidConfiguration(key: String, reason: String)
    case library(call: String, status: Int)
    /// The same error, and the file in which it was found.
    case inFile(path: String, DenoisingError)

    /// Beside the file it is about, named once.
    func named(_ path: String) -> DenoisingError {
        if case .inFile = self { self } else { .inFile(path: path, self) }
    }
}

extension DenoisingError: LocalizedError, CustomStringConvertible {
    public var errorDescription: String? { description }

    /// One line, whatever a file's names and texts hold.
    public var description: String { Console.line(words) }

    private var words: String {
        switch self {
        case .invalidNetwork(let layer, let reason):
            "layer \(layer): \(reason)"
        case .wrongShape(let what, let found, let expected):
            "\(what) has shape \(found), expected \(expected)"
        case .sizeMismatch(let layer, let reason):
            "layer \(layer): \(reason)"
        case .missingTensor(let name, let expected):
            "tensor \(name) is missing, expected one of shape \(expected)"
        case .unexpectedTensor(let name, let shape):
            "tensor \(name) of shape \(shape) belongs to no layer of the network"
        case .nonFinite(let tensor, let index):
            "tensor \(tensor) has NaN or infinity at index \(index), expected finite values"
        case .checksumMismatch(let found, let expected):
            "SHA-256 of the content is \(found), expected \(expected)"
        case .architectureMismatch(let found, let expected):
            "architecture is \(found), expected \(expected)"
        case .malformedFile(let reason):
            reason
        case .missingCalibration(let expected):
            "weights have no calibration, expected \(expected) (see `ldct weights calibrate`)"
        case .invalidCalibration(let reason):
            "calibration \(reason)"
        case .reluMissing(let layer):
            "layer \(layer) has no ReLU, but a requantised network needs one after every layer but the last"
        case .invalidPrecision(let what, let found, let expected):
            "\(what) is \(found), expected \(expected.lowerBound)...\(expected.upperBound)"
        case .skipTooCoarse(let layer, let channel):
            "layer \(layer), channel \(channel): weights too large for a whole skip multiplier, expected more weight bits"
        case .negativeShift(let layer, let shift, let bits):
            "layer \(layer): weights of \(bits) bits end below its largest weight (shift \(shift)), expected more weight bits"
        case .accumulatorTooWide(let layer, let needed, let available):
            "layer \(layer) needs accumulators of \(needed) bits, sign included, but only \(available) are available"
        case .valueOutOfRange(let what, let expected):
            "\(what) is out of range, expected \(expected)"
        case .invalidConfiguration(let key, let reason):
            "\(key): \(reason)"
        case .library(let call, let status):
            "oneDNN \(call) failed with status \(status), expected 0"
        case .inFile(let path, let error):
            "\(path): \(error)"
        }
    }
}
