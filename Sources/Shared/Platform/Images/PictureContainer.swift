/// What the files of pictures carry besides the picture; read before libvips sees them.
package enum PictureContainer {
    /// A PNG without its texts and unknown chunks; other files as they are.
    ///
    /// libpng inflates each compressed text, up to 8 MB from 8 KB, when it reads the head.
    ///
    /// Source: PNG (Third Edition), section 5.
    package static func withoutTexts(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.starts(with: pngSignature) else { return bytes }
        var kept = Array(pngSignature)
        kept.reserveCapacity(bytes.count)
        var offset = pngSignature.count
        var profiles = 0
        while offset + 12 <= bytes.count {
            let length = bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
            guard length <= bytes.count - offset - 12 else { break }
            let end = offset + 12 + length
            let name = String(decoding: bytes[offset + 4..<offset + 8], as: UTF8.self)
            if name == "iCCP" { profiles += 1 }
            if keptChunks.contains(name), profiles <= 1 || name != "iCCP" { kept += bytes[offset..<end] }
            if name == "IEND" { return kept }
            offset = end
        }
        // It is cut off: libvips says how.
        return kept + bytes[offset...]
    }

    private static let pngSignature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
    private static let keptChunks: Set<String> = [
        "IHDR", "PLTE", "IDAT", "IEND", "tRNS", "iCCP", "sRGB", "gAMA", "cHRM", "sBIT", "eXIf",
    ]

    /// The number of scans of a JPEG, each of which is decoded over the whole picture; 0 for other files.
    ///
    /// What segments hold, and what follows the end of the picture (a film, in photographs of some telephones), does not count.
    ///
    /// Source: ITU-T T.81, annex B.
    package static func scans(_ bytes: [UInt8]) -> Int {
        guard bytes.count > 4, bytes[0] == 0xff, bytes[1] == 0xd8 else { return 0 }
        var (count, offset) = (0, 2)
        while offset + 4 <= bytes.count {
            // In coded data a 0xff is followed by 0 or a restart marker; between segments may be 0xff as padding.
            guard bytes[offset] == 0xff, bytes[offset + 1] != 0, bytes[offset + 1] != 0xff,
                !(0xd0...0xd7).contains(bytes[offset + 1])
            else {
                offset += 1
                continue
            }
            let marker = bytes[offset + 1]
            if marker == 0xd9 { return count }
            if marker == 0xda { count += 1 }
            offset += 2 + Int(bytes[offset + 2]) << 8 + Int(bytes[offset + 3])
        }
        return count
    }
}
