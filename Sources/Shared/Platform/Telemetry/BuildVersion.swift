/// The version of this build.
package enum BuildVersion {
    /// Source: CHANGELOG.md, which contains the same version.
    package static let text = "0.1.0"
}
