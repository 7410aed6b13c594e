internal import CCrypto

/// The cryptographic generator.
package enum SecureRandom {
    /// Fresh random bytes.
    package static func bytes(count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        // Source: RAND_bytes(3): it fails only where the system has no entropy at all; going on would be worse.
        precondition(unsafe RAND_bytes(&bytes, Int32(count)) == 1, "the system's random generator failed")
        return bytes
    }
}
