import Denoising
import PrivateDenoising
import Reporting

extension RowRecords {
    /// The costs of a protocol run and its two checks, all layers together.
    func costs(
        of run: PrivateRun, _ layouts: [any TensorLayout], patches: Int, multiplyAccumulates: Int,
        keygenSeconds: Double?,
        peakMemory: Int?, otherLoad: Double?
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
            record(.bytesUp, transcript.bytes(.up)), record(.bytesDown, transcript.bytes(.down)),
            record(.ciphertextsUp, transcript.ciphertexts(.up)),
            record(.ciphertextsDown, transcript.ciphertexts(.down)),
            record(.rounds, transcript.rounds), record(.products, transcript.products),
        ]
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
        if let keygenSeconds { records.append(record(.secondsKeygen, keygenSeconds)) }
        return records
    }

    /// What the cost model says the server's products are, all layers together and message by message.
    func predictions(_ prediction: CostPrediction) -> [ResultRecord] {
        [record(.productsPredicted, prediction.products)]
            + prediction.messages.filter { $0.direction == .down }.map {
                record(.productsPredicted, Double($0.products), layer: $0.layer, side: .server)
            }
    }

    /// The same costs message by message, under the layer a message leads to (client) or comes from (server). The client's
    /// last decryption, which no message follows, counts as layer `output`.
    func layers(of transcript: Transcript) -> [ResultRecord] {
        let messages = transcript.entries.flatMap { entry -> [ResultRecord] in
            let (layer, isUp) = (entry.layer, entry.direction == .up)
            func cost(_ up: Metric, _ down: Metric, _ value: Double) -> ResultRecord {
                record(isUp ? up : down, value, layer: layer, side: isUp ? .client : .server)
            }
            let costs = [
                cost(.secondsClient, .secondsServer, entry.seconds),
                cost(.bytesUp, .bytesDown, Double(entry.bytes)),
                cost(.ciphertextsUp, .ciphertextsDown, Double(entry.ciphertexts)),
            ]
            return isUp ? costs : costs + [cost(.products, .products, Double(entry.products))]
        }
        return messages + [record(.secondsClient, transcript.finishSeconds, layer: "output", side: .client)]
    }
}
