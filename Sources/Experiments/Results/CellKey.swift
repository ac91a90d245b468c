import Reporting

/// What a cell measures, as data: what a run that goes on, a shard and a merge know it by. In words it is the `cell` of its
/// records.
package struct CellKey: Codable, Hashable, Sendable {
    package enum Kind: String, Codable, Sendable { case baselines, float, run, attack }

    /// One value of a swept setting.
    package struct Setting: Codable, Hashable, Sendable {
        let name: String
        let value: ParameterValue
    }

    package var kind: Kind
    /// Of the case or the attack, from 1; nil where cases share a cell.
    package var number: Int?
    /// The mode of a case; the kind of an attack.
    package var subject: String?
    package var scheme, layout: String?
    /// File name of the weights.
    package var network: String?
    /// How many patches, of how many rows and columns.
    package var patches: [Int]?
    /// Of an attack, where it takes them.
    package var mask, client: String?
    package var keyBits: Int?
    package var swept: [Setting] = []
    /// From 1; nil where nothing is repeated.
    package var trial: Int?

    package init(_ kind: Kind, number: Int? = nil, subject: String? = nil, trial: Int? = nil) {
        self.kind = kind
        self.number = number
        self.subject = subject
        self.trial = trial
    }
}

extension CellKey: CustomStringConvertible {
    /// "case 2: client-aided of 3-relu.h5, paillier, batch, key.bits 2048, trial 1".
    package var description: String {
        ([subjectText] + swept.map { "\($0.name) \($0.value)" } + (trial.map { ["trial \($0)"] } ?? []))
            .joined(separator: ", ")
    }

    private var subjectText: String {
        let selection = patches.map { "\($0[0]) patches of \($0[1])x\($0[2])" } ?? ""
        let (number, subject) = (number.map(String.init) ?? "", subject ?? "")
        switch kind {
        case .baselines: return "baselines, \(selection)"
        case .float: return "float of \(network ?? ""), \(selection)"
        case .run:
            return
                (["case \(number): \(subject)" + (network.map { " of \($0)" } ?? "")]
                + [scheme, layout].compactMap(\.self)).joined(separator: ", ")
        case .attack:
            let parts = [
                mask.map { "mask \($0)" }, client.map { "\($0) client" }, keyBits.map { "\($0) bits" },
            ].compactMap(\.self)
            return (["attack \(number): \(subject)"] + parts).joined(separator: ", ")
        }
    }
}
