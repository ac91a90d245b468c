import Foundation
import PrivateDenoising
import Reporting

extension CleartextScheme: MeasuredScheme {
    static func makeKey(_ settings: KeySettings) -> Key { Key(pretendingKeyBits: settings.bits) }
    static func words(of key: Key) -> String { "no encryption" }
    static func parameters(of key: Key) -> [String: ParameterValue] { [:] }
    static func speed(with key: Key, threads: Int) -> MachineSpeed? { nil }
    static func caption(_ records: [ResultRecord]) -> String? {
        records.contains { $0.parameters[ParameterName.scheme]?.text == name.rawValue }
            ? "Cleartext: nothing is encrypted, 0 bits of security." : nil
    }
    static func key(published data: Data?, _ parameters: SchemeParameters) throws -> Key {
        guard let key = Key(parameters) else { throw PrivateDenoisingError.foreignKey(name) }
        return key
    }
}
