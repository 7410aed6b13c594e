internal import Domain
internal import Platform

/// The names of a model's inputs, and its words for categories.
struct ModelProfile: Sendable {
    /// The renderer's name in results.
    let name: String
    let personField: String
    let garmentField: String
    let categoryField: String?
    let qualityField: String?
    /// What the model can dress, in its words.
    let categories: [GarmentCategory: String]
    /// More inputs, which are the same for all: names and JSON values.
    let constants: [(name: String, json: [UInt8])]

    var fields: Set<String> {
        Set([personField, garmentField, categoryField, qualityField].compactMap { $0 } + constants.map(\.name))
    }

    /// The reference server in `deploy/model-server`.
    static let drape = ModelProfile(
        name: "fitted", personField: "human_img", garmentField: "garm_img", categoryField: "category",
        qualityField: "quality",
        categories: Dictionary(uniqueKeysWithValues: GarmentCategory.allCases.map { ($0, $0.rawValue) }), constants: [])

    /// Source: cuuupid/idm-vton on Replicate.
    static let idmVTON = ModelProfile(
        name: "idm-vton", personField: "human_img", garmentField: "garm_img", categoryField: "category",
        qualityField: nil,
        categories: [
            .top: "upper_body", .outerwear: "upper_body", .bottom: "lower_body", .dress: "dresses",
        ], constants: [("crop", Array("false".utf8)), ("steps", Array("30".utf8)), ("seed", Array("42".utf8))])

    /// Source: k-amir/ootdifussiondc on Replicate.
    static let ootd = ModelProfile(
        name: "ootd", personField: "vton_img", garmentField: "garm_img", categoryField: "category", qualityField: nil,
        categories: [.top: "upperbody", .outerwear: "upperbody", .bottom: "lowerbody", .dress: "dress"],
        constants: [("n_samples", Array("1".utf8)), ("seed", Array("42".utf8))])

    /// The profile of a name, or of the JSON file at a path.
    /// - Throws: what is wrong with it, and what is allowed.
    static func named(_ name: String, read: (String) -> [UInt8]?) throws(ModelProfileError) -> ModelProfile {
        switch name {
        case "drape": return drape
        case "idm-vton": return idmVTON
        case "ootd": return ootd
        default: break
        }
        guard let bytes = read(name) else { throw ModelProfileError(problem: "cannot be read") }
        return try ModelProfile(file: bytes)
    }

    /// Reads `{name, inputs: {person, garment, category?, quality?}, categories: {top: "…", …}, constants?: {…}}`.
    init(file bytes: [UInt8]) throws(ModelProfileError) {
        let root: JSONNode
        do throws(JSONError) {
            root = try JSONParserHandle(bytesMax: 65_536).parse(bytes).root
        } catch {
            throw ModelProfileError(problem: "is no JSON: \(error.message)")
        }
        guard let name = root["name"]?.string, (1...32).contains(name.utf8.count) else {
            throw ModelProfileError(problem: "has no `name` of 1 to 32 characters")
        }
        guard let person = root["inputs"]?["person"]?.string, let garment = root["inputs"]?["garment"]?.string else {
            throw ModelProfileError(problem: "has no `inputs` with the texts `person` and `garment`")
        }
        var categories: [GarmentCategory: String] = [:]
        for (key, value) in root["categories"]?.members ?? [] {
            guard let category = GarmentCategory(rawValue: key), let text = value.string else {
                let allowed = GarmentCategory.allCases.map(\.rawValue).joined(separator: ", ")
                throw ModelProfileError(problem: "has \"\(key)\" in `categories`; allowed are texts for \(allowed)")
            }
            categories[category] = text
        }
        if categories.isEmpty { throw ModelProfileError(problem: "has no `categories`") }
        self.init(
            name: name, personField: person, garmentField: garment, categoryField: root["inputs"]?["category"]?.string,
            qualityField: root["inputs"]?["quality"]?.string, categories: categories,
            constants: (root["constants"]?.members ?? []).map { member in
                var json = JSONWriter()
                json.value(member.value)
                return (member.name, json.bytes)
            })
    }

    private init(
        name: String, personField: String, garmentField: String, categoryField: String?, qualityField: String?,
        categories: [GarmentCategory: String], constants: [(name: String, json: [UInt8])]
    ) {
        self.name = name
        self.personField = personField
        self.garmentField = garmentField
        self.categoryField = categoryField
        self.qualityField = qualityField
        self.categories = categories
        self.constants = constants
    }

    /// The body of a prediction.
    func body(_ inputs: ModelInputs, _ work: ItemWork, _ quality: Quality) -> [UInt8] {
        JSONWriter.object(capacity: inputs.person.utf8.count + inputs.garment.utf8.count + 1_024) { json in
            json.key("input")
            json.object { json in
                json.key(text: personField)
                json.string(inputs.person)
                json.key(text: garmentField)
                json.string(inputs.garment)
                if let categoryField, let word = categories[work.category] {
                    json.key(text: categoryField)
                    json.string(word)
                }
                if let qualityField {
                    json.key(text: qualityField)
                    json.string(quality.rawValue)
                }
                for (name, value) in constants {
                    json.key(text: name)
                    json.raw(value)
                }
            }
        }
    }
}

/// What is wrong with the file of a model's profile.
struct ModelProfileError: Error, Hashable {
    let problem: String
}
