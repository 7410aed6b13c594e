/// The environment that an installation runs in.
package enum AppEnvironment: String, Sendable, CaseIterable {
    case production, staging, development
}
