/// Which Drape this is.
package enum BuildVersion {
    /// Source: CHANGELOG.md, which names the same version.
    package static let text = "0.1.0"
}
