/// A part of a file, or all of it, as the body of a response.
package struct FilePart: Sendable {
    let file: ReadableFile
    /// Offsets in bytes, inside the file.
    let range: Range<Int>

    /// The whole file.
    package init(_ file: ReadableFile) {
        self.init(file, 0..<file.count)
    }

    package init(_ file: ReadableFile, _ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= file.count, "a range out of the file")
        self.file = file
        self.range = range
    }
}
