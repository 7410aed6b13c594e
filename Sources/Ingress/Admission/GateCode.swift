/// What the gate says.
enum GateCode: Int64 {
    case passed = 0
    case stale = 1
    case unknown = 2
    case suspended = 3
    case limited = 4
}
