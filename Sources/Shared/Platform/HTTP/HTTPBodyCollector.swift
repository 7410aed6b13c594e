/// Collects the body of one request, within its size limit.
final class HTTPBodyCollector {
    private let bytesMax: Int
    private let limits: HTTPLimits
    private let directory: String
    private let total: Gauge
    private var bytes: [UInt8] = []
    private var spool: HTTPBodySpool?

    init(bytesMax: Int, limits: HTTPLimits, directory: String, total: Gauge) {
        self.total = total
        self.bytesMax = bytesMax
        self.limits = limits
        self.directory = directory
    }

    /// The time-out for a body of this framing: a fixed time plus a time in proportion to its length.
    func timeout(for framing: HTTPRequestHead.Framing) -> Duration {
        let count = if case .length(let count) = framing { count } else { bytesMax }
        return limits.bodyTimeout + .seconds(count / limits.bodyBytesPerSecondMin)
    }

    func append(_ piece: [UInt8]) throws(HTTPParseError) {
        let count = (spool?.count ?? bytes.count) + piece.count
        if count > bytesMax {
            throw HTTPParseError(.contentTooLarge, "a body of this request has at most \(bytesMax) bytes")
        }
        if count > limits.bodyInMemoryBytesMax, total.value + piece.count > limits.spoolBytesMax {
            throw HTTPParseError(.serviceUnavailable, "too many large bodies are being received; try again later")
        }
        do throws(SystemError) {
            if let spool {
                try spool.append(piece)
            } else if count > limits.bodyInMemoryBytesMax {
                let spool = try HTTPBodySpool(directory: directory, total: total)
                try spool.append(bytes)
                try spool.append(piece)
                bytes = []
                self.spool = spool
            } else if bytes.isEmpty {
                bytes = piece
            } else {
                bytes.append(contentsOf: piece)
            }
        } catch {
            throw HTTPParseError(.serviceUnavailable, "the body could not be kept; try again later")
        }
    }

    func finish() -> HTTPBody {
        if let spool { .file(spool) } else { .bytes(bytes) }
    }
}
