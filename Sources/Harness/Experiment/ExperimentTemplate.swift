import Denoising
import Imaging
import Paillier
import PrivateDenoising

/// An experiment file with every setting in it, explained: what `ldct run --print-template` prints.
package enum ExperimentTemplate {
    package static let text = """
        # An experiment: what is measured. Paths are relative to the folder ldct is called in.
        # A key that is not in this file is an error. Keys marked (default) may be left out.

        # Folder of the results, Results/<id>: lowercase letters, digits and hyphens.
        id: mine
        # The question asked, in one line.
        title: "What does one more bit of precision cost at each key size?"

        data:
          # Patch file of 'ldct prepare'. {photons} in its name stands for the number below.
          file: Data/head.h5
          # Photons per detector bin that its low dose must have been simulated with; without this key any.
          photons: 20000
          # \(names(Split.self)) (default: test)
          split: test
          # How many patches, evenly spaced over the split.
          patches: 8

        key:
          # Size of the modulus, a multiple of 64 (default: 2048); below 2048 only with insecure: true.
          bits: 2048
          # \(names(Randomness.self)) (default: djn)
          randomness: djn
          # Allows keys below 112-bit security (default: false).
          insecure: true

        # Bits of the integer networks: signed weights, unsigned activations, 2 to 16 (default: 10 and 12).
        precision:
          weights: 10
          activations: 12

        # Seeds everything random that is not cryptographic.
        seed: 1
        # Worker threads of each side; 0 means all processors (default: 0).
        threads: 0
        # MiB a protocol run may use; a layer that needs more is refused (default: 4096).
        memory: 4096
        # Repetitions of every case (default: 1), and runs before them that are dropped (default: 0).
        trials: 3
        warm_up: 1

        # What is run, in the order of the table.
        cases:
          # \(names(Mode.self))
          - mode: client-aided
            # \(names(ExperimentScheme.self)) (default: paillier)
            # cleartext runs the protocol without encrypting; integer runs the integer network alone;
            # paper measures the published encoding on a few products and extrapolates (linear, positive-mask).
            scheme: paillier
            # \(names(Layout.self)) (default: batch): a slot of a ciphertext is a patch, or a tile of one patch.
            layout: batch
            # A weights file, or instead 'network:' as in the third case.
            weights: Experiments/weights/3-relu.h5
            # Bits of this case alone (default: those of the experiment).
            precision: {weights: 12, activations: 12}

          - mode: positive-mask
            weights: Experiments/weights/3-relu.h5
            # The middles of fewer patches: at least 11 pixels wide (default: whole patches, all of them).
            crop: {size: 16, count: 2}
            # Width of the masks, in modes that have them (default: 40).
            mask_bits: 40

          - mode: client-aided
            layout: tile
            # A network of random weights: costs only, no quality. depth 3, 6, 10 or 14; relu \(names(ReLUPlacement.self));
            # decoder \(names(DecoderKind.self)); kernel 5 by default.
            network: {depth: 3, channels: 8, kernel: 5, relu: all, decoder: same, seed: 1}

        # Settings that take several values; every combination is run. A setting of cases is written cases[2].mask_bits for
        # that of one case, cases[].layout or just layout for that of all. Without this key nothing is swept.
        sweep:
          key.bits: [1024, 2048]
          cases[2].mask_bits: [20, 40]

        # Tables and figures; without it the standard table. See Experiments/README.md.
        report:
          tables:
            - name: cost
              caption: "Seconds and bytes, by key size."
              where: {method: encrypted}
              rows: [mode, layout, network, key_bits, mask_bits]
              columns:
                - {metric: seconds.total, digits: 2, statistic: median}
                - {metric: bytes.up, unit: MB, digits: 2}

        """

    private static func names<Choice: RawRepresentable<String> & CaseIterable>(_ choices: Choice.Type) -> String {
        choices.allCases.map(\.rawValue).joined(separator: ", ")
    }
}
