import Denoising
import Imaging
import PrivateDenoising
import Serving

extension RemoteRun {
    /// Asks about images and runs them.
    init<Scheme: AdditiveScheme>(
        _ scheme: Scheme.Type, images: [Image], request: Request, key: Scheme.PrivateKey,
        attempts: Attempts = Attempts(), over line: ServerLine,
        progress: (_ messages: Int, _ bytes: Int) -> Void = { _, _ in }
    ) throws {
        let offer = try Self.offer(
            scheme,
            images: TensorShape(
                count: images.count, channels: 1, height: images[0].height, width: images[0].width),
            request: request, key: Scheme.publicKey(of: key), over: line)
        let input = try IntegerNetwork.input(images, window: offer.window, bits: offer.agreement.inputBits)
        try self.init(
            scheme, input: input, offer: offer, request: request, key: key, attempts: attempts, over: line,
            progress: progress)
    }

    /// In HU, as the integer network gives them.
    var images: [Image] {
        IntegerNetwork.images(output, window: .standard, scale: transcripts[0].agreement.outputScale)
    }

    /// Connections that broke and were made anew.
    var reconnections: Int { transcripts.count - 1 }
}
