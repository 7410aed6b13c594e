/// Header fields of every answer that keep browsers from doing what an API never wants.
enum SecurityFields {
    static let all: [(StaticString, StaticString)] = [
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "no-referrer"),
    ]
}
