package import Foundation
import Support

extension ResultRecord {
    /// A record that was read strictly: an unknown field is an error, as is another version.
    private struct Strict: Decodable {
        let record: ResultRecord

        init(from decoder: any Decoder) throws {
            try decoder.refuseUnknownKeys(CodingKeys.self)
            let schema = try decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .schema)
            guard schema == ResultRecord.schema else {
                throw DecodingError.dataCorrupted(
                    .init(
                        codingPath: [CodingKeys.schema],
                        debugDescription: "is \(schema); expected \(ResultRecord.schema)"))
            }
            record = try ResultRecord(from: decoder)
        }
    }

    /// The record as one line of JSON without its newline: keys sorted, numbers in the shortest form that reads back
    /// exactly, so that equal records are equal bytes.
    package func jsonLine() throws(ReportingError) -> Data {
        do {
            return Data(try SortedJSON.line(self).utf8)
        } catch {
            // Every other field always encodes; JSON has no infinity and no NaN.
            throw .nonFiniteValue(metric: metric)
        }
    }

    /// Reads one line strictly: an unknown, missing or ill-typed field is an error.
    package init(jsonLine: Data, file: String, line: Int) throws(ReportingError) {
        do {
            self = try JSONDecoder().decode(Strict.self, from: jsonLine).record
        } catch {
            throw .malformedRecord(file: file, line: line, problem: JSON.problem(error))
        }
    }
}
