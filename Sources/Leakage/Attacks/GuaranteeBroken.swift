/// Which guarantee an attack goes round, as its rows say.
enum GuaranteeBroken: String {
    static let parameter = "beyond"

    /// It works on whatever a protocol is meant to give.
    case any = "any protocol"
    /// It needs a party that deviates, against a mode that is proven for parties that do not.
    case semiHonest = "semi-honest only"
}
