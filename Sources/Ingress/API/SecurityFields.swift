/// Security header fields of every response: no content sniffing, no embedding, no loading, no referrer.
enum SecurityFields {
    static let all: [(StaticString, StaticString)] = [
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "no-referrer"),
    ]
}
