internal import Domain
internal import Platform

/// `drapectl renderer`: the renderer of an organisation.
struct RendererCommand {
    private let organization: OrganizationID
    /// Nil only shows it; `default` is that of the workers.
    private let choice: String?

    init(_ arguments: [String]) throws(UsageError) {
        let options = try Options(arguments[...], flags: [], wordsMax: 2)
        guard let id = options.words.first.flatMap({ OrganizationID($0) }) else {
            throw UsageError(message: "renderer is followed by the id of an organisation: org_…")
        }
        organization = id
        choice = options.words.count > 1 ? options.words[1] : nil
        let allowed = ["default"] + RendererKind.allCases.filter { $0 != .none }.map(\.rawValue)
        if let choice, !allowed.contains(choice) {
            throw UsageError(message: "\"\(choice)\" is no renderer; there are \(allowed.joined(separator: ", "))")
        }
    }

    func run(_ environment: [String: String]) throws {
        let (organization, choice) = (organization, choice)
        let known: String?? = try ControlStores.run(environment) { stores in
            await stores.ask { connection throws(MySQLError) -> String?? in
                if let choice {
                    let value = choice == "default" ? nil : choice
                    try connection.update(
                        ControlStatements.setRenderer, ["renderer": .optional(value), "id": .id(organization)])
                }
                return try connection.query(ControlStatements.renderer, [.id(organization)]).first
                    .map { $0.optionalText("renderer") }
            }
        }
        guard let renderer = known else { throw CommandFailure("there is no organisation \(organization)") }
        print("\(organization)\t\(renderer ?? "default")")
    }
}
