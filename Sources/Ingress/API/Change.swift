/// A change of a nullable field.
enum Change<Value: Sendable>: Sendable {
    case keep
    /// Nil: clears the field.
    case set(Value?)

    func value(otherwise old: Value?) -> Value? {
        switch self {
        case .keep: old
        case .set(let value): value
        }
    }
}
