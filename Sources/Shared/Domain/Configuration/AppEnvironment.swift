/// Where this installation stands.
package enum AppEnvironment: String, Sendable, CaseIterable {
    case production, staging, development
}
