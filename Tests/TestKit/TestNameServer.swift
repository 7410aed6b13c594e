import Foundation
import Glibc
import Platform
import Synchronization

/// A name server on a UDP port of this machine: it answers the names that it knows, says of others that they do not
/// exist, and never answers names that begin with `silent`.
package final class TestNameServer: Sendable {
    private struct State {
        var addresses: [String: [SocketAddress]] = [:]
        var queries: [String] = []
        var isClosed = false
    }

    /// `address:port`, as a resolver reads it.
    package let address: String
    private let descriptor: Int32
    private let state = Mutex(State())

    package init() throws {
        let made = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        var local = sockaddr_in()
        local.sin_family = sa_family_t(AF_INET)
        local.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &local) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(made, address, length) == 0 && getsockname(made, address, &length) == 0
            }
        }
        guard made >= 0, isBound else { throw ServerProcess.Failure.notReady("no name server") }
        descriptor = made
        address = "127.0.0.1:\(UInt16(bigEndian: local.sin_port))"
        let thread = Thread { [self] in serve() }
        thread.start()
    }

    /// The addresses of a name, in answers from now on.
    package func set(_ name: String, _ addresses: [String]) {
        state.withLock { $0.addresses[name] = addresses.compactMap { SocketAddress($0) } }
    }

    /// The names that were asked for, each once for each kind of address and each try.
    package var queries: [String] { state.withLock { $0.queries } }

    /// Ends the server's thread.
    package func close() {
        state.withLock { $0.isClosed = true }
        shutdown(descriptor, Int32(SHUT_RDWR))
        Glibc.close(descriptor)
    }

    private func serve() {
        var buffer = [UInt8](repeating: 0, count: 1_024)
        while !state.withLock({ $0.isClosed }) {
            var peer = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let count = withUnsafeMutablePointer(to: &peer) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    recvfrom(descriptor, &buffer, buffer.count, 0, $0, &length)
                }
            }
            guard count > 12, let answer = answer(Array(buffer[..<count])) else {
                if count <= 0 { return }
                continue
            }
            _ = withUnsafePointer(to: &peer) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    sendto(descriptor, answer, answer.count, 0, $0, length)
                }
            }
        }
    }

    /// The answer to a query with one question; nil: none.
    ///
    /// Source: RFC 1035, section 4.
    private func answer(_ query: [UInt8]) -> [UInt8]? {
        var labels: [String] = []
        var index = 12
        while index < query.count, query[index] != 0 {
            let end = index + 1 + Int(query[index])
            guard end <= query.count else { return nil }
            labels.append(String(decoding: query[(index + 1)..<end], as: UTF8.self))
            index = end
        }
        guard index + 5 <= query.count else { return nil }
        let isSix = query[index + 2] == 28
        let name = labels.joined(separator: ".").lowercased()
        let known = state.withLock { state -> [SocketAddress]? in
            state.queries.append(name)
            return state.addresses[name]
        }
        if name.hasPrefix("silent") { return nil }
        let records = (known ?? []).filter { $0.isIPv4 != isSix }
        var answer = Array(query[..<2]) + [0x81, known == nil ? 0x83 : 0x80, 0, 1, 0, UInt8(records.count), 0, 0, 0, 0]
        answer += query[12..<(index + 5)]
        for record in records {
            let bytes = isSix ? record.bytes : Array(record.bytes[12...])
            answer += [0xc0, 12, 0, isSix ? 28 : 1, 0, 1, 0, 0, 1, 0, 0, UInt8(bytes.count)] + bytes
        }
        return answer
    }
}
