/// An image's pixels as other numbers, with zeros around them.
struct PaddedImage {
    let width: Int
    private(set) var values: [Double]

    init(_ image: Image, margin: Int, _ value: (Float) -> Double) {
        width = image.width + 2 * margin
        values = [Double](repeating: 0, count: width * (image.height + 2 * margin))
        for row in 0..<image.height {
            for column in 0..<image.width {
                values[(row + margin) * width + column + margin] = value(image[row, column])
            }
        }
    }
}
