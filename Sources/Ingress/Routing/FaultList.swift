/// The faults of one body or query, gathered so that all are reported together.
final class FaultList {
    private(set) var faults: [Problem.Fault] = []

    func add(_ pointer: String, _ code: String, _ message: String) {
        faults.append(Problem.Fault(pointer: pointer, code: code, message: message))
    }

    /// - Throws: `validation_failed` with every fault, if there is any.
    func check() throws(Problem) {
        if !faults.isEmpty { throw .invalid(faults) }
    }
}
