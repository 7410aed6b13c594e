import Platform
import Testing

/// Source: Amazon S3 API Reference, examples of Signature Version 4; botocore 1.44.8 for the last one.
@Suite("Signature of AWS")
struct AWSSignatureTests {
    private static let signature = AWSSignature(
        credentials: AWSCredentials(
            accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        region: "us-east-1", now: Timestamp("2013-05-24T00:00:00.000Z") ?? Timestamp(unixMs: 0))
    private static let host = ("host", "examplebucket.s3.amazonaws.com")
    private static let empty = Digest.sha256([]).hexText

    private static func end(_ authorization: String) -> String { String(authorization.suffix(64)) }

    @Test("requests are signed as in the examples")
    func requests() {
        let date = ("x-amz-date", "20130524T000000Z")
        let hash = ("x-amz-content-sha256", Self.empty)
        let get = Self.signature.authorization(
            "GET", "/test.txt", fields: [Self.host, ("range", "bytes=0-9"), hash, date], payload: Self.empty)
        #expect(
            get
                == "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
                + "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
                + "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
        let body = Digest.sha256(Array("Welcome to Amazon S3.".utf8)).hexText
        let put = Self.signature.authorization(
            "PUT", "/test$file.text",
            fields: [
                Self.host, ("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-content-sha256", body), date,
                ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ], payload: body)
        #expect(Self.end(put) == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
        let lifecycle = Self.signature.authorization(
            "GET", "/", query: [("lifecycle", "")], fields: [Self.host, hash, date], payload: Self.empty)
        #expect(Self.end(lifecycle) == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
        let list = Self.signature.authorization(
            "GET", "/", query: [("prefix", "J"), ("max-keys", "2")], fields: [Self.host, hash, date],
            payload: Self.empty)
        #expect(Self.end(list) == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
    }

    @Test("links are signed as in the example, and as botocore signs them")
    func links() {
        let link = Self.signature.presignedQuery("GET", "/test.txt", host: Self.host.1, lifetimeSeconds: 86_400)
        #expect(Self.end(link) == "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")
        let other = AWSSignature(
            credentials: AWSCredentials(
                accessKeyID: "AKIAX", secretAccessKey: "sEcret/+x", sessionToken: "FQoDYXdzE+fake/Token=="),
            region: "eu-central-1", now: Timestamp("2026-03-04T05:06:07.000Z") ?? Timestamp(unixMs: 0))
        let query = other.presignedQuery(
            "GET",
            "/enterprise/a b+c(1)é.pdf", host: "my-bucket.s3.eu-central-1.amazonaws.com", lifetimeSeconds: 900,
            more: [
                ("response-content-type", "application/pdf"),
                ("response-content-disposition", "attachment; filename=\"a b.pdf\""),
            ])
        #expect(Self.end(query) == "9dae26374257e744d7e825e89f90db0830e49956dcf5deb9f7babe6e0da05f24")
    }
}
