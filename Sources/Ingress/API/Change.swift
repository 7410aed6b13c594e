/// A change of a nullable field.
enum Change<Value: Sendable>: Sendable {
    case keep
    /// Nil: clears the field.
    case set(Value?)

    var isSet: Bool {
        if case .set = self { true } else { false }
    }

    func value(otherwise old: Value?) -> Value? {
        switch self {
        case .keep: old
        case .set(let value): value
        }
    }
}
