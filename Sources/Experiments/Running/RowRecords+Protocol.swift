import Denoising
import PrivateDenoising
import Reporting

extension RowRecords {
    /// The costs of a protocol run and its two checks, all layers together.
    func costs(
        of run: PrivateRun, _ layouts: [any TensorLayout], patches: Int, multiplyAccumulates: Int,
        keygenSeconds: Double?, peakMemory: Int?, otherLoad: Double?, joules: Double?
    ) -> [ResultRecord] {
        let transcript = run.transcript
        var records = [
            record(.mismatchedValues, run.mismatchedValues), record(.outOfRange, run.outOfRange),
            record(.secondsClient, transcript.clientSeconds), record(.secondsServer, transcript.serverSeconds),
            record(.secondsTotal, transcript.clientSeconds + transcript.serverSeconds),
            record(.secondsEncrypt, run.stages.encrypt), record(.secondsDecrypt, run.stages.decrypt),
            record(.secondsRerandomise, run.stages.rerandomise),
            record(.secondsPerMultiplyAccumulate, transcript.serverSeconds / Double(multiplyAccumulates)),
            record(.multiplyAccumulates, multiplyAccumulates), record(.patches, patches),
        ]
        records += traffic(of: [transcript])
        records.append(record(.products, transcript.products))
        if Set(transcript.entries.map(\.phase)).count > 1 { records += phases(of: transcript) }
        let usages = layouts.compactMap(\.usage)
        if !usages.isEmpty {
            records += [
                record(.slotsUsed, usages.reduce(0) { $0 + $1.used }),
                record(.slotsUnused, usages.reduce(0) { $0 + $1.unused }),
                record(.slotsOverhang, usages.reduce(0) { $0 + $1.overhang }),
            ]
        }
        if let peakMemory { records.append(record(.memoryPeak, peakMemory)) }
        if let otherLoad { records.append(record(.otherLoad, otherLoad)) }
        if let joules { records.append(record(.energyPerPatch, joules / Double(patches))) }
        if let keygenSeconds { records.append(record(.secondsKeygen, keygenSeconds)) }
        return records
    }

    /// The costs of a run against a server elsewhere, as far as the client knows them: the server's seconds and products stay with it.
    func costs(of run: ServedRun, patches: Int, keygenSeconds: Double?) -> [ResultRecord] {
        let clientSeconds = run.transcripts.reduce(0) { $0 + $1.clientSeconds }
        let keygen = keygenSeconds.map { [record(.secondsKeygen, $0)] } ?? []
        return [
            record(.mismatchedValues, run.mismatchedValues), record(.outOfRange, run.outOfRange),
            record(.secondsClient, clientSeconds), record(.secondsElapsed, run.elapsedSeconds),
            record(.patches, patches),
        ] + traffic(of: run.transcripts) + keygen
    }

    /// - Parameter transcripts: One a connection.
    private func traffic(of transcripts: [Transcript]) -> [ResultRecord] {
        func total(_ part: (Transcript) -> Int) -> Int { transcripts.reduce(0) { $0 + part($1) } }
        return [
            record(.bytesUp, total { $0.bytes(.up) }), record(.bytesDown, total { $0.bytes(.down) }),
            record(.ciphertextsUp, total { $0.ciphertexts(.up) }),
            record(.ciphertextsDown, total { $0.ciphertexts(.down) }),
            record(.rounds, total { $0.rounds }),
        ]
    }

    /// Seconds and bytes of every phase; they add up to the run's.
    private func phases(of transcript: Transcript) -> [ResultRecord] {
        Phase.allCases.flatMap { phase in
            let metrics: [Metric] =
                switch phase {
                case .setup: [.secondsSetupClient, .secondsSetupServer, .bytesSetupUp, .bytesSetupDown]
                case .offline: [.secondsOfflineClient, .secondsOfflineServer, .bytesOfflineUp, .bytesOfflineDown]
                case .online: [.secondsOnlineClient, .secondsOnlineServer, .bytesOnlineUp, .bytesOnlineDown]
                }
            let values = [
                transcript.seconds(.up, phase: phase) + (phase == .online ? transcript.finishSeconds : 0),
                transcript.seconds(.down, phase: phase),
                Double(transcript.bytes(.up, phase: phase)), Double(transcript.bytes(.down, phase: phase)),
            ]
            return zip(metrics, values).map { record($0, $1) }
        }
    }

    /// What the cost model says the server's products are, all layers together and layer by layer.
    func predictions(_ prediction: CostPrediction) -> [ResultRecord] {
        let down = prediction.messages.filter { $0.direction == .down }
        return [record(.productsPredicted, prediction.products)]
            + down.map(\.layer).distinct.map { layer in
                let products = down.reduce(0) { $0 + ($1.layer == layer ? $1.products : 0) }
                return record(.productsPredicted, Double(products), layer: layer, side: .server)
            }
    }

    /// The same costs under the layer that messages lead to (client) or come from (server), all messages of a layer and a side
    /// together. The client's last decryption, which no message follows, counts as layer `output`.
    func layers(of transcript: Transcript) -> [ResultRecord] {
        struct Place: Hashable {
            let layer: String
            let isUp: Bool
        }
        let places = transcript.entries.map { Place(layer: $0.layer, isUp: $0.direction == .up) }
        let grouped = Dictionary(grouping: zip(places, transcript.entries), by: \.0)
        let messages = places.distinct.flatMap { place -> [ResultRecord] in
            let entries = (grouped[place] ?? []).map(\.1)
            func cost(_ up: Metric, _ down: Metric, _ value: Double) -> ResultRecord {
                record(place.isUp ? up : down, value, layer: place.layer, side: place.isUp ? .client : .server)
            }
            func total(_ part: (Transcript.Entry) -> Int) -> Double { Double(entries.reduce(0) { $0 + part($1) }) }
            let costs = [
                cost(.secondsClient, .secondsServer, entries.reduce(0) { $0 + $1.seconds }),
                cost(.bytesUp, .bytesDown, total(\.bytes)),
                cost(.ciphertextsUp, .ciphertextsDown, total(\.ciphertexts)),
            ]
            return place.isUp ? costs : costs + [cost(.products, .products, total(\.products))]
        }
        return messages + [record(.secondsClient, transcript.finishSeconds, layer: "output", side: .client)]
    }
}
