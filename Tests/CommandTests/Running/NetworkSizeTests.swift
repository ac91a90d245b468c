import Denoising
import Foundation
import Testing

/// Networks whose output is not an image of their input's size are refused before any work, wherever images are compared.
@Suite struct NetworkSizeTests {
    @Test(arguments: [
        "run e.yaml --quiet", "weights compare relu.h5 --data d.h5 --quiet",
        "denoise --input d.h5 --dataset /test/low_dose --index 0 --weights relu.h5 --output o.h5 --key-bits 1024 --insecure --quiet",
    ])
    func smallerImagesAreRefused(arguments: String) throws {
        try Program.withFolder { program in
            try program.writeInputs()
            let network = try Network(layers: [
                Layer(name: "a", inputChannels: 1, outputChannels: 1, kernelHeight: 3, kernelWidth: 3, relu: true)
            ])
            try Program.trained(network).write(to: program.path("relu.h5"))
            let before = program.files
            let result = try program.run(arguments)
            #expect(result.status == 2)
            #expect(
                result.errors.contains("layer a: makes 14x14 of an image of 16x16, expected the same size"),
                "\(result.errors)")
            #expect(result.errors.count { $0 == "\n" } == 1 && program.files == before)
        }
    }
}
