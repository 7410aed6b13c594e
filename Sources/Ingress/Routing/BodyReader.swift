internal import Shared

/// Reads the members of one JSON object, and reports each fault with its pointer.
struct BodyReader {
    let pointer: String
    let faults: FaultList
    /// In the order of the body, with whether somebody has asked for them.
    private var members: [(name: String, value: JSONNode, isRead: Bool)] = []
    private(set) var isObject = true

    /// - Parameters:
    ///   - node: the object; another value is a fault.
    ///   - pointer: where it stands in the body.
    ///   - faults: where faults go.
    init(_ node: JSONNode, pointer: String = "", faults: FaultList) {
        self.pointer = pointer
        self.faults = faults
        guard let members = node.members else {
            faults.add(pointer.isEmpty ? "/" : pointer, "wrong_type", "must be an object")
            isObject = false
            return
        }
        self.members.reserveCapacity(members.count)
        let repeated = Set(Self.repeated(members))
        for name in repeated.sorted() { faults.add(path(name), "duplicate_field", "stands twice") }
        // Of what stands twice the first is read, so that its other faults are found, too.
        var kept: Set<String> = []
        for (name, value) in members where !repeated.contains(name) || kept.insert(name).inserted {
            self.members.append((name, value, false))
        }
    }

    /// Names that stand twice.
    private static func repeated(_ members: [(name: String, value: JSONNode)]) -> [String] {
        var repeated: [String] = []
        if members.count > 16 {
            var seen: Set<String> = []
            for (name, _) in members where !seen.insert(name).inserted { repeated.append(name) }
            return repeated
        }
        // Few names are compared sooner than hashed.
        for (index, member) in members.enumerated()
        where members[..<index].contains(where: { $0.name == member.name }) {
            repeated.append(member.name)
        }
        return repeated
    }

    /// Where a member stands.
    ///
    /// Source: RFC 6901, section 3.
    func path(_ name: String) -> String { "\(pointer)/\(Self.escaped(name))" }

    private static func escaped(_ name: String) -> String {
        name.replacing("~", with: "~0").replacing("/", with: "~1")
    }

    private func index(_ name: String) -> Int? { members.firstIndex { $0.name == name } }

    /// The member, or nil where it is absent or null; null stands for absent.
    mutating func node(_ name: String) -> JSONNode? {
        guard let index = index(name) else { return nil }
        members[index].isRead = true
        let node = members[index].value
        return node.kind == .null ? nil : node
    }

    /// Whether the member stands there and is not null.
    func hasValue(_ name: String) -> Bool { index(name).map { members[$0].value.kind != .null } ?? false }

    /// Whether the member stands there, null or not.
    func has(_ name: String) -> Bool { index(name) != nil }

    /// A text within bounds of length, counted in characters.
    mutating func string(_ name: String, _ length: ClosedRange<Int>, isRequired: Bool = false) -> String? {
        guard let node = node(name) else {
            if isRequired { faults.add(path(name), "required", "is required") }
            return nil
        }
        guard let text = node.string else {
            faults.add(path(name), "wrong_type", "must be a string")
            return nil
        }
        // Short enough in bytes is short enough in characters.
        guard
            !text.isEmpty && text.utf8.count <= length.upperBound && length.lowerBound <= 1
                || length.contains(text.unicodeScalars.count)
        else {
            faults.add(path(name), "wrong_length", "must have \(length.lowerBound) to \(length.upperBound) characters")
            return nil
        }
        if text.utf8.contains(0) {
            faults.add(path(name), "invalid_character", "must not have a NUL character")
            return nil
        }
        return text
    }

    /// One of the raw values of an enumeration.
    mutating func choice<Value: RawRepresentable & CaseIterable>(
        _ name: String, isRequired: Bool = false, _ type: Value.Type = Value.self
    ) -> Value? where Value.RawValue == String {
        guard let node = node(name) else {
            if isRequired { faults.add(path(name), "required", "is required") }
            return nil
        }
        return choice(node, at: path(name))
    }

    func choice<Value: RawRepresentable & CaseIterable>(
        _ node: JSONNode, at pointer: @autoclosure () -> String
    ) -> Value?
    where Value.RawValue == String {
        guard let text = node.string else {
            faults.add(pointer(), "wrong_type", "must be a string")
            return nil
        }
        guard let value = Value(rawValue: text) else {
            let allowed = Value.allCases.map(\.rawValue).joined(separator: ", ")
            faults.add(pointer(), "not_allowed", "must be one of \(allowed)")
            return nil
        }
        return value
    }

    mutating func integer(_ name: String, _ range: ClosedRange<Int64>, isRequired: Bool = false) -> Int64? {
        guard let node = node(name) else {
            if isRequired { faults.add(path(name), "required", "is required") }
            return nil
        }
        guard let number = node.integer else {
            faults.add(path(name), "wrong_type", "must be a whole number")
            return nil
        }
        guard range.contains(number) else {
            faults.add(path(name), "out_of_range", "must be from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    mutating func boolean(_ name: String) -> Bool? {
        guard let node = node(name) else { return nil }
        guard let flag = node.boolean else {
            faults.add(path(name), "wrong_type", "must be true or false")
            return nil
        }
        return flag
    }

    /// The elements of an array within bounds of number.
    mutating func elements(_ name: String, _ count: ClosedRange<Int>, isRequired: Bool = false) -> [JSONNode]? {
        guard let node = node(name) else {
            if isRequired { faults.add(path(name), "required", "is required") }
            return nil
        }
        guard let elements = node.elements else {
            faults.add(path(name), "wrong_type", "must be an array")
            return nil
        }
        guard count.contains(elements.count) else {
            faults.add(
                path(name), "wrong_count", "must have \(count.lowerBound) to \(count.upperBound) elements")
            return nil
        }
        return elements
    }

    mutating func time(_ name: String) -> Timestamp? {
        guard let text = string(name, 1...40) else { return nil }
        guard let time = Timestamp(text) else {
            faults.add(path(name), "invalid_time", "must be an RFC 3339 time, such as 2026-11-21T02:40:00Z")
            return nil
        }
        return time
    }

    /// Up to 20 names of up to 40 characters with texts of up to 500, as a JSON text.
    mutating func metadata(_ name: String) -> [UInt8]? {
        guard let node = node(name) else { return nil }
        guard let members = node.members else {
            faults.add(path(name), "wrong_type", "must be an object of strings")
            return nil
        }
        if !Self.repeated(members).isEmpty {
            faults.add(path(name), "duplicate_field", "has a name twice")
        }
        if members.count > 20 { faults.add(path(name), "wrong_count", "must have at most 20 members") }
        var json = JSONWriter()
        json.object { json in
            for (key, value) in members {
                var at: String { "\(path(name))/\(Self.escaped(key))" }
                if !(1...40).contains(key.unicodeScalars.count) {
                    faults.add(at, "wrong_length", "a name must have 1 to 40 characters")
                }
                guard let text = value.string, text.utf8.count <= 500 || text.unicodeScalars.count <= 500 else {
                    faults.add(at, "wrong_type", "must be a string of at most 500 characters")
                    continue
                }
                json.key(text: key)
                json.string(text)
            }
        }
        return json.bytes
    }

    /// Reports every member that nobody has asked for.
    func refuseUnknown() {
        for name in members.filter({ !$0.isRead }).map(\.name).sorted() {
            faults.add(path(name), "unknown_field", "is not a field of this request")
        }
    }
}
