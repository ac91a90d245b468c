import PrivateDenoising
import Reporting

extension RowRecords {
    /// The costs of a run against a server elsewhere, as far as the client knows them: the server's seconds and products stay with it.
    func costs(of run: ServedRun, patches: Int, keygenSeconds: Double?) -> [ResultRecord] {
        func total(_ part: (Transcript) -> Int) -> Int { run.transcripts.reduce(0) { $0 + part($1) } }
        let clientSeconds = run.transcripts.reduce(0) { $0 + $1.clientSeconds }
        var records = [
            record(.mismatchedValues, run.mismatchedValues), record(.outOfRange, run.outOfRange),
            record(.secondsClient, clientSeconds), record(.secondsElapsed, run.elapsedSeconds),
            record(.patches, patches),
        ]
        records += [
            record(.bytesUp, total { $0.bytes(.up) }), record(.bytesDown, total { $0.bytes(.down) }),
            record(.ciphertextsUp, total { $0.ciphertexts(.up) }),
            record(.ciphertextsDown, total { $0.ciphertexts(.down) }),
            record(.rounds, total { $0.rounds }),
        ]
        if let keygenSeconds { records.append(record(.secondsKeygen, keygenSeconds)) }
        return records
    }
}
