/// A display window of the low-dose CT literature, by exam.
///
/// - SeeAlso: ldct-benchmark, Eulig et al., Med. Phys. 51(12), 2024, `ldctbench/evaluate/utils.py`.
public enum ClinicalWindow: String, CaseIterable, Sendable {
    case chest, abdomen, neuro

    /// Middle of the window, HU.
    public var center: Double {
        switch self {
        case .chest: -600
        case .abdomen: 50
        case .neuro: 40
        }
    }

    /// Width of the window, HU.
    public var width: Double {
        switch self {
        case .chest: 1500
        case .abdomen: 400
        case .neuro: 80
        }
    }

    /// Values in [0, 1]: 0 at the lower end of the window and below, 1 at the upper end and above.
    func apply(_ image: Image) -> [Double] {
        image.pixels.map { min(max((Double($0) - (center - width / 2)) / width, 0), 1) }
    }
}
