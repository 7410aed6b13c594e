import Foundation

/// A plain HTTP client that uses one connection per request.
package struct TestClient: Sendable {
    package let port: UInt16
    package var fields: [String: String] = [:]

    package init(port: UInt16, fields: [String: String] = [:]) {
        self.port = port
        self.fields = fields
    }

    /// This client with an API key.
    package func with(key: String) -> TestClient { with(["X-API-Key": key]) }

    /// This client with a user's token.
    package func with(token: String) -> TestClient { with(["Authorization": "Bearer \(token)"]) }

    package func with(_ more: [String: String]) -> TestClient {
        TestClient(port: port, fields: fields.merging(more) { _, new in new })
    }

    package func get(_ path: String) throws -> TestAnswer { try send("GET", path) }

    package func delete(_ path: String) throws -> TestAnswer { try send("DELETE", path) }

    package func post(_ path: String, _ json: String) throws -> TestAnswer { try send("POST", path, json: json) }

    package func send(_ method: String, _ path: String, json: String? = nil) throws -> TestAnswer {
        try send(method, path, type: "application/json", body: json.map { Array($0.utf8) })
    }

    /// Sends a request, and reads the response until the server closes the connection.
    package func send(_ method: String, _ path: String, type: String, body: [UInt8]?) throws -> TestAnswer {
        let socket = try TestSocket(port: port)
        var head = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        if let body { head += "Content-Type: \(type)\r\nContent-Length: \(body.count)\r\n" }
        socket.send(bytes: Array((head + "\r\n").utf8) + (body ?? []))
        return try TestAnswer(socket.readAll())
    }
}
