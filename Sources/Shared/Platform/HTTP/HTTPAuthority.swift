/// The syntax of a host with an optional port.
///
/// Source: RFC 3986, section 3.2.2 and 3.2.3.
enum HTTPAuthority {
    static func isValid(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard !bytes.isEmpty, bytes.count <= 255 + 6 else { return false }
        let start = bytes.startIndex
        var end = start
        if bytes[start] == UInt8(ascii: "[") {
            guard let close = bytes.firstIndex(of: UInt8(ascii: "]")), close > start + 1 else { return false }
            guard SocketAddress(String(decoding: bytes[start + 1..<close], as: UTF8.self))?.isIPv4 == false else {
                return false
            }
            end = close + 1
        } else {
            while end < bytes.endIndex, let step = nameStep(bytes, at: end) { end += step }
            if end == start { return false }
        }
        if end == bytes.endIndex { return true }
        guard bytes[end] == HTTPByte.colon else { return false }
        let port = bytes[(end + 1)...]
        guard port.count <= 5, port.allSatisfy(ASCII.isDigit) else { return false }
        return port.isEmpty || Int(String(decoding: port, as: UTF8.self)).map { $0 <= 65_535 } ?? false
    }

    /// The length in bytes of the next character of a registered name; nil if it is not valid.
    ///
    /// Valid are unreserved characters, sub-delimiters except the comma (lists use it), and percent-encodings.
    private static func nameStep(_ bytes: ArraySlice<UInt8>, at index: Int) -> Int? {
        if HTTPByte.isHost(bytes[index]) { return 1 }
        guard bytes[index] == UInt8(ascii: "%") else { return nil }
        let digits = bytes[(index + 1)...].prefix(2)
        return digits.count == 2 && digits.allSatisfy { ASCII.hexValue($0) != nil } ? 3 : nil
    }
}
