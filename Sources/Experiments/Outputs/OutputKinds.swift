import Denoising
import Foundation
import HDF5
import Imaging
import Paillier
package import Support

// What the commands write, and how an earlier one is told from any other file.
extension OutputKind {
    private static let hdf5 = ["h5", "hdf5"]

    package static let patches = OutputKind("a patch file", endings: hdf5) { path in
        attributes(path).map { $0.isSuperset(of: ["schema_version", "dose_fraction"]) } ?? false
    }

    package static let weights = OutputKind("a weights file of ldct", endings: hdf5 + ["safetensors"]) { path in
        (try? TrainedNetwork(reading: path)) != nil
    }

    package static let slice = OutputKind("a denoised slice of ldct", endings: hdf5) { path in
        attributes(path).map { $0.isSuperset(of: ["generator", "mismatched_values", "out_of_range"]) } ?? false
    }

    package static let ciphertexts = OutputKind("a file of ciphertexts") { path in
        (try? InputFile.contents(path, expected: "ciphertexts", limit: 1 << 28)).map(CiphertextFile.isOne) ?? false
    }

    static let learningCurve = OutputKind("a learning curve of ldct", endings: ["csv"]) { path in
        InputFile.head(path, 4096).starts(with: Data(LearningCurve.columns.joined(separator: ",").utf8))
    }

    /// Drawn by gnuplot, which says so in an SVG; a PNG says nothing, so its script or its SVG must be beside it.
    static let figure = OutputKind("a figure of ldct") { path in
        let stem = (path as NSString).deletingPathExtension
        func head(_ ending: String) -> String {
            String(decoding: InputFile.head("\(stem).\(ending)", 4096), as: UTF8.self)
        }
        let hasScript = head("gnuplot").hasPrefix("# Draws ")
        let isDrawn = head("svg").lowercased().contains("gnuplot")
        return switch (path as NSString).pathExtension {
        case "gnuplot": hasScript
        case "svg": isDrawn
        default: hasScript || isDrawn
        }
    }

    /// As `HTML.document` begins.
    static let page = OutputKind("a page of ldct", endings: ["html"]) { path in
        String(decoding: InputFile.head(path, 1024), as: UTF8.self)
            .contains("<meta name=\"color-scheme\" content=\"light dark\">\n<title>")
    }

    /// Names of the root's attributes; nil if that is no HDF5 file.
    private static func attributes(_ path: String) -> Set<String>? {
        guard let file = try? HDF5File(reading: path), let names = try? file.attributeNames(of: "/") else { return nil }
        return Set(names)
    }
}
