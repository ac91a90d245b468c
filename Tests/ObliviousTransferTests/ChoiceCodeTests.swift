import ObliviousTransfer
import Testing

@Suite struct ChoiceCodeTests {
    /// A matrix of random columns passes this about never: it is what the uniform offsets of every choice rest on.
    @Test func compressionHasFullRankOnEverySupport() {
        for choice in 1..<32 {
            let support = ChoiceCode.support(of: choice)
            #expect(support.count == 16)
            #expect(ChoiceCode.rank(of: support) == ChoiceCode.rows, "choice \(choice)")
        }
    }

    @Test func rankSeesADependentColumn() {
        let support = ChoiceCode.support(of: 1)
        #expect(ChoiceCode.rank(of: Array(support.dropLast())) == ChoiceCode.rows - 1)
    }

    @Test(arguments: [(TransferField.eight, [15, 22, 25, 26, 26]), (.four, [31, 46, 53, 56, 57])])
    func correctionsHaveTheDesignsSizes(field: TransferField, planes: [Int]) {
        #expect((1...5).map { TransferShape(index: $0, pad: .bits(1)).correctionPlanes(field) } == planes)
    }
}
