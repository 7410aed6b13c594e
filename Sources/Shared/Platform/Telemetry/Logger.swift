/// Writes log lines as JSON: a constant message, and variable data in fields.
package struct Logger: Sendable {
    /// A named value in a line.
    package struct LogField: Sendable {
        enum Value {
            case text(String)
            case number(Int64)
        }

        let name: StaticString
        let value: Value

        package static func text(_ name: StaticString, _ value: String) -> LogField {
            LogField(name: name, value: .text(value))
        }

        package static func number(_ name: StaticString, _ value: Int) -> LogField {
            LogField(name: name, value: .number(Int64(value)))
        }

        package static func id(_ value: some Identity) -> LogField {
            LogField(name: "id", value: .text(value.description))
        }

        package static func error(_ value: any Error) -> LogField {
            LogField(name: "error", value: .text(String(describing: value)))
        }
    }

    private let writer: LogWriter
    private let component: String
    private let level: LogLevel
    private let clock: any WallClock

    package init(writer: LogWriter, component: String, level: LogLevel, clock: any WallClock = SystemClock()) {
        self.writer = writer
        self.component = component
        self.level = level
        self.clock = clock
    }

    package func debug(_ message: StaticString, _ fields: LogField...) { log(.debug, message, fields) }
    package func info(_ message: StaticString, _ fields: LogField...) { log(.info, message, fields) }
    package func warning(_ message: StaticString, _ fields: LogField...) { log(.warning, message, fields) }
    package func error(_ message: StaticString, _ fields: LogField...) { log(.error, message, fields) }

    package func isEnabled(_ level: LogLevel) -> Bool { level >= self.level }

    package func log(_ level: LogLevel, _ message: StaticString, _ fields: [LogField]) {
        guard isEnabled(level) else { return }
        var json = JSONWriter(capacity: 256)
        json.object { json in
            json.field("time", clock.now())
            json.field("level", level.description)
            json.field("component", component)
            json.field("message", static: message)
            for field in fields {
                switch field.value {
                case .text(let text): json.field(field.name, text)
                case .number(let number): json.field(field.name, number)
                }
            }
        }
        writer.write(json.text)
    }
}
