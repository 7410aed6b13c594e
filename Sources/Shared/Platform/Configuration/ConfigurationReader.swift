internal import Foundation

/// A fault of one variable: what was found, and what is allowed.
package struct ConfigurationFault: Error, Hashable, CustomStringConvertible {
    package let name: String
    package let problem: String

    package init(name: String, problem: String) {
        self.name = name
        self.problem = problem
    }

    package var description: String { "\(name): \(problem)" }
}

/// Every fault of a configuration, reported together.
package struct ConfigurationError: Error, CustomStringConvertible {
    package let faults: [ConfigurationFault]

    package init(faults: [ConfigurationFault]) {
        self.faults = faults
    }

    package var description: String { faults.map(\.description).joined(separator: "\n") }

    /// The exit status of a process whose configuration is invalid.
    ///
    /// Source: sysexits(3), EX_CONFIG.
    package static let exitStatus: Int32 = 78
}

/// Reads settings from the environment and gathers all faults.
///
/// Instead of `NAME`, `NAME_FILE` may be set: the path of a file that contains the value.
package struct ConfigurationReader {
    private let environment: [String: String]
    private(set) var faults: [ConfigurationFault] = []

    package init(environment: [String: String]) {
        self.environment = environment
    }

    /// The value, or the fallback if the variable is not set; records a fault if there is neither or it is invalid.
    package mutating func required<Value>(_ setting: Setting<Value>) -> RequiredValue<Value> {
        guard let text = text(of: setting.about) ?? setting.about.fallback else {
            fault(setting.about, "is not set; allowed: \(setting.about.allowed)")
            return RequiredValue(found: nil)
        }
        return RequiredValue(found: parse(text, setting))
    }

    /// The value, or the fallback if the variable is not set; nil if there is neither.
    package mutating func optional<Value>(_ setting: Setting<Value>) -> Value? {
        guard let text = text(of: setting.about) ?? setting.about.fallback else { return nil }
        return parse(text, setting)
    }

    package mutating func fault(_ about: SettingDescription, _ problem: String) {
        faults.append(ConfigurationFault(name: about.name, problem: problem))
    }

    /// - Throws: `ConfigurationError` with all faults found so far, if there are any.
    package func check() throws(ConfigurationError) {
        if !faults.isEmpty { throw ConfigurationError(faults: faults) }
    }

    private mutating func parse<Value>(_ text: String, _ setting: Setting<Value>) -> Value? {
        if let value = setting.parse(text) { return value }
        let found = setting.about.isSecret ? "an invalid value" : "\"\(text)\""
        fault(setting.about, "is \(found); allowed: \(setting.about.allowed)")
        return nil
    }

    private mutating func text(of about: SettingDescription) -> String? {
        if let text = environment[about.name], !text.isEmpty { return text }
        guard let path = environment[about.name + "_FILE"], !path.isEmpty else { return nil }
        do {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            return text.trimmingCharacters(in: .whitespacesAndNewlines)
        } catch {
            fault(about, "\(about.name)_FILE names \"\(path)\", which cannot be read")
            return nil
        }
    }
}

/// The value of a required setting; present unless the reader has recorded a fault.
package struct RequiredValue<Value> {
    /// Nil if the reader has recorded a fault for this setting.
    package let found: Value?

    /// The value; read it only after `check`, which throws if it is missing.
    package var value: Value {
        guard let found else { preconditionFailure("a setting without a value was not checked") }
        return found
    }
}
