import ArgumentParser
import Experiments
import Foundation
import Reporting
import Support

struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Plan a whole data set on a cluster from what one machine was measured to need.",
        discussion: """
            Takes the encrypted rows of results, and tells hours and bytes of the data set for so many nodes like the machine that made \
            them, by a simulation of the scheduler. Without numbers it is the Mayo set, 10 patients, 5,900 slices of 512x512.

            Examples:
              ldct plan full-width-tile full-width-batch full-width-linear
              ldct plan Results/quickstart --slices 120 --patients 1 --size 256 --nodes 2 --nodes 4
              ldct plan full-width-tile --document Notebooks-md/cluster.md
            """)

    @Argument(help: "Experiments by id, or result folders, with encrypted rows.")
    var names: [String]

    @Option(help: "Folder of all results; what is not in it is looked for among the published.")
    var results = "Results"

    @Option(help: "Patients.")
    var patients = DatasetPlan.Parameters().patients

    @Option(help: "Slices of all patients.")
    var slices = DatasetPlan.Parameters().slices

    @Option(help: "Rows and columns of a slice.")
    var size = DatasetPlan.Parameters().size

    @Option(help: "Nodes; may be repeated.")
    var nodes: [Int] = DatasetPlan.Parameters().nodes

    @Option(help: "Tasks a patient's slices are shared out to.")
    var tasksPerPatient = DatasetPlan.Parameters().tasksPerPatient

    @Option(help: "Seconds to start a task.")
    var start = DatasetPlan.Parameters().schedule.start

    @Option(help: "Seconds between two looks of the scheduler.")
    var cycle = DatasetPlan.Parameters().schedule.cycle

    @Option(help: "How the table is printed; text on a terminal, markdown elsewhere, if none is named.")
    var format: TableFormat?

    @Option(help: "A Markdown file whose lines between <!-- plan --> and <!-- /plan --> become the table.")
    var document: String?

    func validate() throws {
        let numbers = [
            ("--patients", patients), ("--slices", slices), ("--size", size), ("--tasks-per-patient", tasksPerPatient),
        ]
        for (name, number) in numbers + nodes.map({ ("--nodes", $0) }) {
            try GivenOptions.require(name, number, in: 1...1_000_000)
        }
        guard document == nil || format == nil else {
            throw ValidationError("--format is of what is printed; a --document gets Markdown.")
        }
        for (name, isTwice) in [("names", Set(names).count < names.count), ("--nodes", Set(nodes).count < nodes.count)]
        where isTwice {
            throw ValidationError("One of the \(name) stands there twice; expected each once.")
        }
        guard slices >= patients else {
            throw ValidationError("--slices is \(slices); expected at least one of each of \(patients) patients.")
        }
        try GivenOptions.require("--start", start, in: 0...86_400, unit: "seconds")
        try GivenOptions.require("--cycle", cycle, in: 0...86_400, unit: "seconds")
    }

    func run() throws {
        var parameters = DatasetPlan.Parameters()
        (parameters.patients, parameters.slices, parameters.size) = (patients, slices, size)
        (parameters.nodes, parameters.tasksPerPatient) = (nodes, tasksPerPatient)
        parameters.schedule = ScheduleSimulation(start: start, cycle: cycle)
        let files = try names.map { name in
            let known = try ResultName(name, results: results)
            return try ResultFiles.reported([known.id], in: known.root)[0]
        }
        let table = try DatasetPlan(files, parameters).table
        guard let document else { return try print((format ?? .usual).text(of: table, notes: true)) }
        try fill(document, table.markdown())
        try print(document)
    }

    private func fill(_ document: String, _ text: String) throws {
        let data = try InputFile.contents(document, expected: "a Markdown file", limit: 1 << 24)
        guard let old = String(bytes: data, encoding: .utf8) else {
            throw FileError.unreadable(file: document, reason: "is not UTF-8", expected: "a Markdown file in UTF-8")
        }
        // A document keeps its own line ends.
        let lineEnd = old.contains("\r\n") ? "\r\n" : "\n"
        var lines = old.replacing("\r\n", with: "\n").components(separatedBy: "\n")
        guard let begin = lines.firstIndex(of: "<!-- plan -->"), let end = lines.firstIndex(of: "<!-- /plan -->"),
            begin < end
        else {
            throw FileError.refused(
                file: document, reason: "has no place for a plan", expected: "lines <!-- plan --> and <!-- /plan -->")
        }
        lines.replaceSubrange(begin + 1..<end, with: ("\n" + text).components(separatedBy: "\n"))
        try AtomicFile.write(lines.joined(separator: lineEnd), to: document)
    }
}
