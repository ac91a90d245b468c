import ArgumentParser
import Experiments
import Foundation
import Imaging

struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Look at data before anything is run on them.", subcommands: [DataCheck.self])
}

struct DataCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Tell what a patch file or a slice holds, and whatever speaks against it.",
        discussion: """
            Reads everything, runs nothing. Exit status 1 if the data cannot be what they say, although they can be read.

            Examples:
              ldct data check Data/head.h5
              ldct data check slice.dcm
            """)

    @Argument(help: "A patch file (HDF5), or a slice (DICOM, or HDF5 with --dataset).")
    var file: String

    @Option(help: "Of an HDF5 file that is no patch file: the dataset, [row, column] in HU.")
    var dataset: String?

    @Option(help: "Of an HDF5 dataset [slice, row, column]: which.")
    var index: Int?

    func validate() throws {
        if !SliceInput.isHDF5(file) {
            try GivenOptions.refuse("--dataset", "--index", because: "is of HDF5 files; '\(file)' is none")
        }
        if dataset == nil { try GivenOptions.refuse("--index", because: "goes with --dataset, which is missing") }
    }

    func run() throws {
        let check = try DataExamination(file, dataset: dataset, index: index)
        for line in check.lines { try print(line) }
        for suspicion in check.suspicions { try print("  doubt    \(suspicion.text)") }
        guard check.suspicions.isEmpty else { throw ExitCode(1) }
        try print("  nothing speaks against it")
    }
}
