import Configuration
import Denoising
import HDF5
import Imaging
import Preparation
import Support
import Testing

/// Errors quote what strangers wrote: names of files, layers and keys, values of headers.
@Suite struct ErrorLineTests {
    static let bad = "a\u{b}b\nc\u{1b}[2J"
    static let errors: [any Error] = [
        ConfigurationError.missingKey(.init(file: bad, line: 1), key: bad),
        DenoisingError.invalidNetwork(layer: bad, reason: bad),
        HDF5Error.damaged(file: bad, reason: bad), ImagingError.parameter(name: bad, found: bad, expected: bad),
        DICOMError.notDICOM(file: bad), PrepareError.parameter(name: bad, found: bad, expected: bad),
        FileError.unwritable(file: bad, reason: bad),
    ]

    /// Found by a mutated safetensors file and a mutated DICOM header, one in 10^4 to 10^5.
    @Test(arguments: errors.indices) func theyAreOneLineAndMoveNoCursor(index: Int) {
        let text = "\(Self.errors[index])"
        #expect(
            !text.isEmpty && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }, "\(text)")
    }

    /// So is what was typed.
    @Test(arguments: ["run a\nb.yaml", "run --results\nb", "a\nb", "prepare phantom --output p.h5 --photons -1\nb"])
    func whatWasTypedIsQuotedOnOneLine(command: String) throws {
        try Program.withFolder { program in
            let result = try program.run(command)
            #expect(result.status == 2 && result.errors.filter(\.isNewline) == "\n", "\(result.errors)")
        }
    }
}
