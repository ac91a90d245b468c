import Denoising
import Imaging
package import PrivateDenoising

/// H, for every number of pairs: how near the student comes to its teacher and to the truth, on images that neither has seen.
///
/// It succeeds where the student's images are nearer to the teacher's than the images that go in are, which nobody has to learn.
extension StudentAttack: Attack {
    package static var keys: Set<AttackSettings.Key> {
        [.attack, .scheme, .weights, .methods, .patches, .size, .epochs]
    }
    package static var methods: [String] { Student.allCases.map(\.rawValue) }
    package static var usualMethods: [String] { methods }
    package static var usualScheme: SchemeName { .cleartext }
    package static var picturesHeldOut: Bool { true }

    package static func evidence(_ stage: AttackStage) throws -> [Evidence] {
        let network = try stage.network(of: .clientAided)
        let images = try stage.sent(stage.patches, to: network)
        var evidence = try stage.evidence(.clientAided, network, images, messages: nil)
        evidence.parameters = [GuaranteeBroken.parameter: GuaranteeBroken.any.rawValue]
        return [evidence]
    }

    package static func results(_ evidence: Evidence) throws -> [AttackResult] {
        let attack = try StudentAttack(try evidence.clientView())
        let heldOut = evidence.truth.heldOut
        guard let network = evidence.truth.network, !heldOut.isEmpty else {
            throw LeakageError.unsuitable(
                attack: "student", expected: "the teacher's weights and images that neither party sent, to score it by")
        }
        let students: [Student] = evidence.methods(StudentAttack.self)
        let (low, window) = (heldOut.map(\.low), evidence.truth.window)
        let taught = network.images(
            try network.evaluate(network.input(low, window: window), threads: evidence.threads).output, window: window)
        let normal = heldOut.map(\.normal)
        let unlearned = try meanQuality(low, against: taught).psnr
        let known = [(LeakMetric.truePSNR, try meanQuality(taught, against: normal).psnr), (.ownImage, unlearned)]
        return try students.flatMap { student in
            try evidence.patches(of: attack.count).map { pairs in
                let (images, seconds) = try timed {
                    try attack.taught(
                        student, pairs: pairs, epochs: evidence.settings.epochs, on: low, window: window,
                        seed: evidence.seed, threads: evidence.threads)
                }
                let fidelity = try meanQuality(images, against: taught).psnr
                return AttackResult(
                    "student-\(student.rawValue)", patches: pairs,
                    [
                        (.fidelity, fidelity), (.psnr, try meanQuality(images, against: normal).psnr),
                        (.success, fidelity > unlearned ? 1 : 0),
                    ] + known + [(.seconds, seconds)],
                    pictures: .init(
                        method: "student-\(student.rawValue)-\(pairs)", label: "\(student.rawValue), \(pairs) pairs",
                        images: ["low_dose": low, "normal_dose": normal, "teacher": taught, "student": images]))
            }
        }
    }
}
