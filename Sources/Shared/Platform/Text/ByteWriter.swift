internal import Glibc

/// A growing buffer of bytes with one owner; text, numbers and ids are written into it without intermediate values.
// Invariant: `start` points to memory for `capacity` bytes, of which the first `count` are initialized. If `ownsMemory`,
// only this value frees it; otherwise it is valid as long as this value exists.
@safe package struct ByteWriter: ~Copyable {
    private var start: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private(set) var ownsMemory = true
    package private(set) var count = 0

    /// - Parameter capacity: bytes that fit before the memory has to grow.
    package init(capacity: Int) {
        self.capacity = max(capacity, 64)
        unsafe start = Self.allocate(self.capacity)
    }

    /// Writes into memory of the caller, which outlives this value; longer texts move to memory of their own.
    init(into memory: UnsafeMutableBufferPointer<UInt8>) {
        guard let first = memory.baseAddress else { preconditionFailure("no memory to write into") }
        unsafe start = first
        capacity = memory.count
        ownsMemory = false
    }

    deinit {
        if ownsMemory { unsafe free(start) }
    }

    // Not `UnsafeMutablePointer.allocate`, which calls posix_memalign here: it costs three times as much as malloc.
    private static func allocate(_ capacity: Int) -> UnsafeMutablePointer<UInt8> {
        guard let memory = unsafe malloc(capacity) else { preconditionFailure("no memory for a buffer") }
        return unsafe memory.assumingMemoryBound(to: UInt8.self)
    }

    package var isEmpty: Bool { count == 0 }

    /// The bytes so far, as text.
    var text: String {
        unsafe String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    /// A copy of the bytes so far.
    package var bytes: [UInt8] {
        unsafe Array(UnsafeBufferPointer(start: start, count: count))
    }

    /// Forgets the bytes; keeps the memory unless it is more than `keptCapacity` bytes.
    package mutating func removeAll(keptCapacity: Int) {
        count = 0
        guard ownsMemory, capacity > keptCapacity else { return }
        unsafe free(start)
        capacity = keptCapacity
        unsafe start = Self.allocate(capacity)
    }

    // MARK: Appending

    /// Adds `more` bytes.
    /// - Returns: their memory, all of which the caller must initialize at once.
    @inline(__always)
    mutating func extend(by more: Int) -> UnsafeMutablePointer<UInt8> {
        if capacity - count < more { grow(by: more) }
        let place = unsafe start + count
        count += more
        return unsafe place
    }

    @inline(never)
    private mutating func grow(by more: Int) {
        let larger = max(2 * capacity, count + more)
        guard ownsMemory else {
            let own = unsafe Self.allocate(larger)
            unsafe own.update(from: start, count: count)
            unsafe start = own
            (capacity, ownsMemory) = (larger, true)
            return
        }
        guard let moved = unsafe realloc(start, larger) else { preconditionFailure("no memory for a buffer") }
        unsafe start = moved.assumingMemoryBound(to: UInt8.self)
        capacity = larger
    }

    package mutating func append(_ byte: UInt8) {
        unsafe extend(by: 1).pointee = byte
    }

    package mutating func append(static text: StaticString) {
        let length = text.utf8CodeUnitCount
        unsafe extend(by: length).update(from: text.utf8Start, count: length)
    }

    /// Appends the UTF-8 of a text.
    package mutating func append(text: String) {
        var text = text
        text.withUTF8 { unsafe append(buffer: $0) }
    }

    package mutating func append(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append(buffer: $0) }
    }

    package mutating func append(_ other: borrowing ByteWriter) {
        unsafe other.withBytes { unsafe append(buffer: $0) }
    }

    mutating func append(buffer: UnsafeBufferPointer<UInt8>) {
        guard let first = buffer.baseAddress else { return }
        unsafe extend(by: buffer.count).update(from: first, count: buffer.count)
    }

    /// Appends the same byte `times` times.
    mutating func append(repeating byte: UInt8, times: Int) {
        unsafe extend(by: times).update(repeating: byte, count: times)
    }

    /// Appends a decimal number, padded with leading zeros to `digits`, at most 20.
    package mutating func append(decimal number: Int64, digits: Int = 1) {
        if number < 0 { append(UInt8(ascii: "-")) }
        let magnitude = number.magnitude
        // Most numbers are lengths of less than three digits.
        if magnitude < 10, digits <= 1 { return append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude)) }
        if magnitude < 100, digits <= 2 { return append(twoDigits: Int64(magnitude)) }
        let length = max(Self.digits(magnitude), min(digits, 20))
        let place = unsafe extend(by: length)
        var rest = magnitude
        var index = length &- 1
        while index >= 0 {
            let tenth = rest / 10
            unsafe place[index] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest &- tenth &* 10)
            rest = tenth
            index &-= 1
        }
    }

    /// The length in bytes of a decimal number without padding.
    static func decimalLength(_ number: Int64) -> Int { digits(number.magnitude) + (number < 0 ? 1 : 0) }

    private static func digits(_ magnitude: UInt64) -> Int {
        var length = 1
        var bound: UInt64 = 10
        while length < 19, magnitude >= bound {
            length += 1
            bound &*= 10
        }
        return length
    }

    /// Appends a number from 0 to 99 as two digits.
    mutating func append(twoDigits number: Int64) {
        let place = unsafe extend(by: 2)
        unsafe place[0] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / 10)
        unsafe place[1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10)
    }

    // MARK: Changing

    /// Replaces one byte that was written before.
    package subscript(_ index: Int) -> UInt8 {
        get {
            precondition(index >= 0 && index < count, "a byte that was not written")
            return unsafe start[index]
        }
        set {
            precondition(index >= 0 && index < count, "a byte that was not written")
            unsafe start[index] = newValue
        }
    }

    /// Calls `body` with the bytes from `index` on.
    func withBytes<Value>(from index: Int = 0, _ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        precondition(index >= 0 && index <= count, "bytes that were not written")
        return unsafe body(UnsafeBufferPointer(start: start + index, count: count - index))
    }
}
