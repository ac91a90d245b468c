extension Image {
    /// Half as wide and high: the mean of every two by two pixels, which is bilinear sampling at half the size. What is left over
    /// of an odd size falls away.
    public func halved() -> Image {
        let (w, h) = (width / 2, height / 2)
        var result = Image(width: w, height: h, filledWith: 0)
        for row in 0..<h {
            for column in 0..<w {
                let (y, x) = (2 * row, 2 * column)
                result[row, column] = (self[y, x] + self[y, x + 1] + self[y + 1, x] + self[y + 1, x + 1]) / 4
            }
        }
        return result
    }
}
