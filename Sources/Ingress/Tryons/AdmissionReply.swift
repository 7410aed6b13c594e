internal import Shared

/// What the admission script answered.
struct AdmissionReply {
    enum Code: Equatable {
        case accepted(remaining: Int64)
        case stale, unknown, suspended, limited
        case credits(available: Int64)
        case saturated
        case replay(SessionID, remaining: Int64)
        case anotherBody
        /// 0: the customer or the photo; from 1 on: the items that name a stored garment.
        case referenceUnknown(Int)
        case categoryMissing(Int)
        case withdrawn
    }

    let code: Code
    let room: RateRoom

    /// Reads the reply; nil where it is none of this script.
    init?(_ reply: RedisReply, _ key: APIKey) {
        guard let parts = reply.elements, let number = parts.first?.integer else { return nil }
        func value(_ index: Int) -> Int64 { parts.count > index ? parts[index].integer ?? 0 : 0 }
        room = RateRoom(key, parts)
        switch number {
        case 0: code = .accepted(remaining: value(4))
        case 1: code = .stale
        case 2: code = .unknown
        case 3: code = .suspended
        case 4: code = .limited
        case 5: code = .credits(available: value(4))
        case 6: code = .saturated
        case 7:
            guard parts.count > 5, let id = parts[4].text.flatMap({ SessionID($0) }) else { return nil }
            code = .replay(id, remaining: value(5))
        case 8: code = .anotherBody
        case 9: code = .referenceUnknown(Int(value(4)))
        case 10: code = .categoryMissing(Int(value(4)))
        case 11: code = .withdrawn
        default: return nil
        }
    }
}
