/// The deletion of many objects in one request.
///
/// Source: Amazon S3 API Reference, "DeleteObjects".
enum S3BatchDeletion {
    static let objectsMax = 1_000

    /// The request; keys have no character that XML escapes.
    static func request(_ keys: some Collection<String>) -> S3Request {
        let objects = keys.map { "<Object><Key>\($0)</Key></Object>" }.joined()
        let text = #"<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>\#(objects)</Delete>"#
        let body = Array(text.utf8)
        let fields = [
            ("content-type", "application/xml"), ("x-amz-checksum-sha256", Base64.encode(Digest.sha256(body))),
        ]
        return S3Request(name: "POST", path: "", method: .post(body), query: [("delete", "")], fields: fields)
    }

    /// The objects that were not deleted, with the reason; the answer names no others.
    /// - Returns: nil if the answer does not confirm anything: 200 may bring an error, too.
    static func failures(in body: [UInt8], of keys: some Collection<String>) -> [String: String]? {
        let text = String(decoding: body, as: UTF8.self)
        // The end, too: an answer may be cut off.
        let isEmpty = text.contains(#/<DeleteResult[^>]*/>\s*$/#)
        guard isEmpty || (text.contains("<DeleteResult") && text.contains("</DeleteResult>")) else { return nil }
        var failures: [String: String] = [:]
        for part in text.split(separator: "<Error>", omittingEmptySubsequences: false).dropFirst() {
            guard let key = Self.text(of: "Key", in: part), keys.contains(key) else { return nil }
            let code = Self.text(of: "Code", in: part) ?? "unknown"
            if code != "NoSuchKey" { failures[key] = code }
        }
        return failures
    }

    private static func text(of name: String, in part: Substring) -> String? {
        let parts = part.split(separator: "<\(name)>", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        return parts[1].split(separator: "</\(name)>", maxSplits: 1).first.map(String.init)
    }
}
