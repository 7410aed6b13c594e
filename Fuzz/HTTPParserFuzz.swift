// Feeds the input to the HTTP/1.1 request parser whole and in pieces of 1 to 7 bytes: the outcomes must be equal, and
// no input may crash the parser.

import Platform

/// The parsed requests, and the status code of the refusal, if any.
struct Outcome: Equatable {
    var requests: [String] = []
    var refusal: Int?
}

func outcome(of input: [UInt8], step: Int) -> Outcome {
    var parser = HTTPRequestParser(limits: HTTPLimits())
    var outcome = Outcome()
    var body: [UInt8] = []
    var line = ""
    var rest = input[...]
    do throws(HTTPParseError) {
        repeat {
            let piece = rest.prefix(step)
            rest = rest.dropFirst(piece.count)
            parser.append(piece)
            while let event = try parser.next() {
                switch event {
                case .head(let head):
                    line = "\(head.method) \(head.path) \(head.query ?? "-") \(head.headers.count) \(head.framing)"
                case .body(let piece): body += piece
                case .end:
                    outcome.requests.append("\(line) \(body)")
                    body = []
                }
            }
        } while !rest.isEmpty
    } catch {
        outcome.refusal = error.status.code
    }
    return outcome
}

@_cdecl("LLVMFuzzerTestOneInput")
func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let start, count > 0 else { return 0 }
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    let step = Int(input[0] % 7) + 1
    let whole = outcome(of: input, step: input.count)
    precondition(whole == outcome(of: input, step: step), "pieces of \(step) bytes were read differently")
    return 0
}
