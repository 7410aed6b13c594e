/// The syntax of a host with an optional port.
///
/// Source: RFC 3986, section 3.2.2 and 3.2.3.
enum HTTPAuthority {
    static func isValid(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty, bytes.count <= 255 + 6 else { return false }
        var end = 0
        if bytes[0] == UInt8(ascii: "[") {
            guard let close = bytes.firstIndex(of: UInt8(ascii: "]")), close > 1 else { return false }
            guard bytes[1..<close].allSatisfy(isAddressByte) else { return false }
            end = close + 1
        } else {
            while end < bytes.count, isNameByte(bytes[end]) { end += 1 }
            if end == 0 { return false }
        }
        if end == bytes.count { return true }
        guard bytes[end] == HTTPByte.colon else { return false }
        let port = bytes[(end + 1)...]
        guard port.count <= 5, port.allSatisfy(HTTPByte.isDigit) else { return false }
        return port.isEmpty || Int(String(decoding: port, as: UTF8.self)).map { $0 <= 65_535 } ?? false
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        HTTPByte.hexValue(byte) != nil || byte == HTTPByte.colon || byte == UInt8(ascii: ".")
    }

    /// Unreserved characters, sub-delimiters and percent-encodings of a registered name.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: "-._~!$&'()*+,;=%".utf8.contains(byte)
        }
    }
}
