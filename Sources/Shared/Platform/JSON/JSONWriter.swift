/// Writes one JSON text as bytes; escapes strings and inserts commas.
package struct JSONWriter: ~Copyable {
    private(set) var text: ByteWriter
    private var needsComma = false

    package init(capacity: Int = 512) {
        text = ByteWriter(capacity: capacity)
    }

    private init(_ text: consuming ByteWriter) {
        self.text = text
    }

    /// The bytes of an object; they are written where they stay if they fit into `capacity` bytes.
    package static func object(capacity: Int, _ body: (inout JSONWriter) -> Void) -> [UInt8] {
        var longer: [UInt8]?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { memory, count in
            var json = unsafe JSONWriter(ByteWriter(into: memory))
            json.object(body)
            if json.text.ownsMemory { longer = json.bytes } else { count = json.text.count }
        }
        return longer ?? bytes
    }

    /// A copy of the text so far.
    package var bytes: [UInt8] { text.bytes }

    package mutating func object(_ body: (inout JSONWriter) -> Void) {
        open(UInt8(ascii: "{"))
        body(&self)
        close(UInt8(ascii: "}"))
    }

    package mutating func array(_ body: (inout JSONWriter) -> Void) {
        open(UInt8(ascii: "["))
        body(&self)
        close(UInt8(ascii: "]"))
    }

    /// Writes the name of a member; its value must follow.
    package mutating func key(_ name: StaticString) {
        let length = name.utf8CodeUnitCount
        let comma = needsComma ? 1 : 0
        let place = unsafe text.extend(by: comma + length + 3)
        // A byte that the next line overwrites if no comma is needed.
        unsafe place[0] = UInt8(ascii: ",")
        unsafe place[comma] = UInt8(ascii: "\"")
        unsafe (place + comma + 1).update(from: name.utf8Start, count: length)
        unsafe place[comma + length + 1] = UInt8(ascii: "\"")
        unsafe place[comma + length + 2] = UInt8(ascii: ":")
        needsComma = false
    }

    /// Writes the name of a member that is not known at compile time.
    package mutating func key(text name: String) {
        string(name)
        text.append(UInt8(ascii: ":"))
        needsComma = false
    }

    package mutating func string(_ value: String) {
        separate()
        var value = value
        value.withUTF8 { buffer in
            if unsafe buffer.containsControl(or: UInt8(ascii: "\""), UInt8(ascii: "\\")) {
                text.append(UInt8(ascii: "\""))
                unsafe buffer.forEach { appendEscaped($0) }
                text.append(UInt8(ascii: "\""))
            } else {
                let place = unsafe text.extend(by: buffer.count + 2)
                unsafe place[0] = UInt8(ascii: "\"")
                if let start = buffer.baseAddress {
                    unsafe (place + 1).update(from: start, count: buffer.count)
                }
                unsafe place[buffer.count + 1] = UInt8(ascii: "\"")
            }
        }
    }

    package mutating func integer(_ number: Int64) {
        separate()
        text.append(decimal: number)
    }

    package mutating func boolean(_ flag: Bool) {
        separate()
        text.append(static: flag ? "true" : "false")
    }

    package mutating func null() {
        separate()
        text.append(static: "null")
    }

    /// Writes a finite number; NaN and infinities are not valid JSON and become null.
    package mutating func double(_ number: Double) {
        if number.isFinite {
            separate()
            text.append(text: number.description)
        } else {
            null()
        }
    }

    /// Writes a value that is already JSON.
    package mutating func raw(_ json: [UInt8]) {
        separate()
        text.append(json)
    }

    /// Writes a value of a document.
    package mutating func value(_ node: JSONNode) {
        switch node.kind {
        case .null: null()
        case .false, .true: boolean(node.kind == .true)
        case .integer: integer(node.integer ?? 0)
        case .double: double(node.double ?? 0)
        case .string: string(node.string ?? "")
        case .array: array { json in for element in node.elements ?? [] { json.value(element) } }
        case .object: object { json in json.members(of: node) }
        }
    }

    /// Writes the members of an object of a document.
    package mutating func members(of node: JSONNode) {
        for (name, value) in node.members ?? [] {
            key(text: name)
            self.value(value)
        }
    }

    // MARK: Members

    package mutating func field(_ name: StaticString, _ value: String) {
        key(name)
        string(value)
    }

    /// Writes a member whose value needs no escapes.
    package mutating func field(_ name: StaticString, static value: StaticString) {
        key(name)
        separate()
        text.append(UInt8(ascii: "\""))
        text.append(static: value)
        text.append(UInt8(ascii: "\""))
    }

    /// Writes a member whose value begins with a text that needs no escapes, and whose rest needs none either.
    package mutating func field(_ name: StaticString, static prefix: StaticString, _ rest: String) {
        key(name)
        separate()
        text.append(UInt8(ascii: "\""))
        text.append(static: prefix)
        text.append(text: rest)
        text.append(UInt8(ascii: "\""))
    }

    package mutating func field(_ name: StaticString, _ value: String?) {
        key(name)
        if let value { string(value) } else { null() }
    }

    package mutating func field(_ name: StaticString, _ id: some Identity) {
        key(name)
        separate()
        text.append(UInt8(ascii: "\""))
        text.append(id)
        text.append(UInt8(ascii: "\""))
    }

    package mutating func field(_ name: StaticString, _ time: Timestamp?) {
        key(name)
        guard let time else { return null() }
        separate()
        text.append(UInt8(ascii: "\""))
        time.append(to: &text)
        text.append(UInt8(ascii: "\""))
    }

    package mutating func field(_ name: StaticString, _ number: Int64) {
        key(name)
        integer(number)
    }

    package mutating func field(_ name: StaticString, _ number: Int) {
        field(name, Int64(number))
    }

    package mutating func field(_ name: StaticString, _ flag: Bool) {
        key(name)
        boolean(flag)
    }

    // MARK: Bytes

    private mutating func separate() {
        if needsComma { text.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        text.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        text.append(bracket)
        needsComma = true
    }

    /// Source: RFC 8259, section 7.
    private mutating func appendEscaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): text.append(static: "\\\"")
        case UInt8(ascii: "\\"): text.append(static: "\\\\")
        case UInt8(ascii: "\n"): text.append(static: "\\n")
        case UInt8(ascii: "\r"): text.append(static: "\\r")
        case UInt8(ascii: "\t"): text.append(static: "\\t")
        case 0..<0x20:
            let digits = String(byte, radix: 16)
            text.append(static: digits.utf8.count == 1 ? "\\u000" : "\\u00")
            text.append(text: digits)
        default: text.append(byte)
        }
    }
}
