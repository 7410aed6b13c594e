internal import Domain
internal import Platform

/// The schema of an endpoint's request.
struct RequestSchema: Sendable {
    /// The schema of the body.
    enum Body: Sendable {
        case none
        case json(ObjectSchema)
        /// A JPEG, PNG or WebP picture, or a multipart body with the picture in this field.
        case picture(field: String)

        var limits: EndpointLimits {
            switch self {
            case .none: EndpointLimits(bodyBytesMax: 0)
            case .json: EndpointLimits(bodyBytesMax: JSONBody.bytesMax)
            // Larger than a picture, because multipart adds delimiters and fields.
            case .picture: EndpointLimits(bodyBytesMax: PictureCheck.bytesMax + 65_536)
            }
        }
    }

    /// The problems that reading such a request can have.
    var problems: [ProblemCode] {
        var codes: [ProblemCode] = query.isEmpty ? [] : [.validationFailed]
        switch body {
        case .none: break
        case .json: codes += [.malformedJSON, .validationFailed, .unsupportedMediaType]
        case .picture: codes += [.unsupportedMediaType, .photoTooSmall, .photoTooLarge, .undecodablePicture]
        }
        return isIdempotent ? codes + [.idempotencyInProgress, .idempotencyMismatch, .acceptanceUnknown] : codes
    }

    var body = Body.none
    var query: [FieldSchema] = []
    /// Whether the endpoint supports `Idempotency-Key`.
    var isIdempotent = false

    static let none = RequestSchema()
    /// A page of a list.
    static let page = RequestSchema(query: PageSchema.query)

    static func json(_ schema: ObjectSchema, isIdempotent: Bool = false) -> RequestSchema {
        RequestSchema(body: .json(schema), isIdempotent: isIdempotent)
    }

    static func picture(field: String, query: [FieldSchema] = []) -> RequestSchema {
        RequestSchema(body: .picture(field: field), query: query, isIdempotent: true)
    }
}

/// The schema of one successful response.
struct ResponseSchema: Sendable {
    enum Body: Sendable {
        case none
        case object(ObjectSchema)
        /// A page of a list: `data`, `hasMore`, `nextCursor`.
        case page(ObjectSchema)
        case other(mediaType: String)
    }

    let status: HTTPStatus
    let description: String
    let body: Body

    static func ok(_ schema: ObjectSchema, _ description: String) -> ResponseSchema {
        ResponseSchema(status: .ok, description: description, body: .object(schema))
    }

    static func unavailable(_ schema: ObjectSchema, _ description: String) -> ResponseSchema {
        ResponseSchema(status: .serviceUnavailable, description: description, body: .object(schema))
    }

    static func accepted(_ schema: ObjectSchema, _ description: String) -> ResponseSchema {
        ResponseSchema(status: .accepted, description: description, body: .object(schema))
    }

    static func created(_ schema: ObjectSchema, _ description: String) -> ResponseSchema {
        ResponseSchema(status: .created, description: description, body: .object(schema))
    }

    static func page(_ schema: ObjectSchema, _ description: String) -> ResponseSchema {
        ResponseSchema(status: .ok, description: description, body: .page(schema))
    }

    static func noContent(_ description: String) -> ResponseSchema {
        ResponseSchema(status: .noContent, description: description, body: .none)
    }
}
