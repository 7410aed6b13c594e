/// What a request does to a field that may be empty.
enum Change<Value: Sendable>: Sendable {
    case keep
    /// Nil: the field becomes empty.
    case set(Value?)

    func value(otherwise old: Value?) -> Value? {
        switch self {
        case .keep: old
        case .set(let value): value
        }
    }
}
