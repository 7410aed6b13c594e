/// A command line that says what no command means.
struct UsageError: Error {
    let message: String
}
