/// Whether a field stays as it is, or becomes something, or nothing.
enum Change<Value: Sendable>: Sendable {
    case keep
    case set(Value?)

    func value(otherwise old: Value?) -> Value? {
        switch self {
        case .keep: old
        case .set(let value): value
        }
    }
}
