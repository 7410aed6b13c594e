internal import CCrypto

/// The cryptographic random generator of libcrypto.
package enum SecureRandom {
    /// New random bytes.
    package static func bytes(count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        // Source: RAND_bytes(3): it fails only if no entropy is available; to continue without it would be unsafe.
        precondition(unsafe RAND_bytes(&bytes, Int32(count)) == 1, "the system's random generator failed")
        return bytes
    }
}
