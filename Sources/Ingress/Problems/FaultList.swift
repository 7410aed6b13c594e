/// The faults of one body or query, collected so that all are reported together.
final class FaultList {
    private(set) var faults: [Problem.Fault] = []

    /// - Parameters:
    ///   - pointer: a JSON pointer into the body, or a parameter's name.
    ///   - code: the rule that is violated.
    ///   - message: what is allowed.
    func add(_ pointer: String, _ code: FaultCode, _ message: String) {
        faults.append(Problem.Fault(pointer: pointer, code: code.rawValue, message: message))
    }

    /// - Throws: `validation_failed` with every fault, if there is any.
    func check() throws(Problem) {
        if !faults.isEmpty { throw .invalid(faults) }
    }
}

/// The rule that a field or parameter violates.
enum FaultCode: String, CaseIterable {
    case required
    case wrongType = "wrong_type"
    case wrongLength = "wrong_length"
    case wrongCount = "wrong_count"
    case outOfRange = "out_of_range"
    case notAllowed = "not_allowed"
    case unknownField = "unknown_field"
    case duplicateField = "duplicate_field"
    case unknownParameter = "unknown_parameter"
    case duplicateParameter = "duplicate_parameter"
    case invalidCharacter = "invalid_character"
    case invalidCursor = "invalid_cursor"
    case invalidID = "invalid_id"
    case invalidKey = "invalid_key"
    case invalidURL = "invalid_url"
    case invalidEmail = "invalid_email"
    case invalidTime = "invalid_time"
    case invalidAddress = "invalid_address"
    case invalidEvent = "invalid_event"
}
