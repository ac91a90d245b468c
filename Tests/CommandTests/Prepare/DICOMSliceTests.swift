import Foundation
import Imaging
import Numerics
import Testing

@Suite struct DICOMSliceTests {
    /// Signed values of 12 bits, padding included, decode to the same HU from every transfer syntax.
    @Test(arguments: DICOMInputs.syntaxes) func everySyntaxGivesTheSameHU(name: String) throws {
        let expected: [Float] = try DICOMInputs.json("syntaxes/hu.json")
        let slice = try DICOMSlice(DICOMHeader(reading: DICOMInputs.syntax(name)))
        #expect(slice.width == 32 && slice.height == 32 && slice.spacing == 0.75 && slice.position == -40)
        #expect(try slice.image().pixels == expected)
        #expect(expected.first == -1024, "a corner is padding")
    }

    /// Cut anywhere, a file is refused, and no decoder takes the program with it.
    @Test(arguments: DICOMInputs.syntaxes) func truncatedFilesAreRefused(name: String) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: DICOMInputs.syntax(name)))
        try Program.withFolder { program in
            for length in Array(stride(from: 0, to: data.count, by: 203)) + [data.count - 1] {
                let path = program.path("cut.dcm")
                try data.prefix(length).write(to: URL(fileURLWithPath: path))
                let error = #expect(throws: DICOMError.self, "\(length) of \(data.count) bytes") {
                    _ = try DICOMSlice(DICOMHeader(reading: path)).image()
                }
                #expect(error.map { "\($0)".hasPrefix("\(path): ") } == true)
            }
        }
    }

    /// Bytes changed at random within the pixels: an image or an error, in bounded time.
    @Test(arguments: DICOMInputs.syntaxes) func damagedFilesEndInBoundedTime(name: String) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: DICOMInputs.syntax(name)))
        var generator = SeededGenerator(seed: 12)
        try Program.withFolder { program in
            let start = ContinuousClock.now
            for _ in 0..<12 {
                var damaged = data
                for _ in 0..<3 {
                    let index = Int.random(in: 1200..<data.count, using: &generator)
                    damaged[index] = UInt8.random(in: 0...255, using: &generator)
                }
                let path = program.path("damaged.dcm")
                try damaged.write(to: URL(fileURLWithPath: path))
                do {
                    #expect(try DICOMSlice(DICOMHeader(reading: path)).image().pixels.count == 1024)
                } catch let error as DICOMError {
                    #expect("\(error)".hasPrefix("\(path): "))
                }
            }
            #expect(ContinuousClock.now - start < .seconds(30))
        }
    }

    /// A code stream that is not of its transfer syntax is refused, not handed on to the external decoder GDCM knows, which has
    /// bounds on neither time nor memory.
    @Test(arguments: ["1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90"])
    func streamsOfAnotherSyntaxAreRefused(syntax: String) throws {
        try Program.withFolder { program in
            let path = program.path("other.dcm")
            try FileManager.default.copyItem(atPath: DICOMInputs.syntax("jpeg-lossless"), toPath: path)
            try DICOMInputs.set(0x0002, 0x0010, to: syntax, in: path)
            // A lossless stream, whose start-of-frame marker is turned into one that no decoder here knows.
            var data = try Data(contentsOf: URL(fileURLWithPath: path))
            let marker = try #require(data.range(of: Data([0xff, 0xc3])))
            data[marker.lowerBound + 1] = 0xcb
            try data.write(to: URL(fileURLWithPath: path))
            let start = ContinuousClock.now
            #expect(throws: DICOMError.damaged(file: path)) {
                _ = try DICOMSlice(DICOMHeader(reading: path)).image()
            }
            #expect(ContinuousClock.now - start < .seconds(10))
        }
    }

    @Test func halvingIsTheMeanOfFour() {
        let image = Image(width: 5, height: 4, pixels: (0..<20).map(Float.init))
        #expect(image.halved() == Image(width: 2, height: 2, pixels: [3, 5, 13, 15]))
    }
}
