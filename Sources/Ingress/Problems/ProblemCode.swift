internal import Platform

/// The codes of problem responses; they are part of the API.
enum ProblemCode: String {
    case malformedJSON = "malformed_json"
    case validationFailed = "validation_failed"
    case malformedRequest = "malformed_request"
    case missingKey = "missing_key"
    case invalidKey = "invalid_key"
    case keyExpired = "key_expired"
    case keyDisabled = "key_disabled"
    case invalidToken = "invalid_token"
    case insufficientScope = "insufficient_scope"
    case insufficientCredits = "insufficient_credits"
    case ipNotAllowed = "ip_not_allowed"
    case forbidden = "forbidden"
    case organizationSuspended = "organization_suspended"
    case notFound = "not_found"
    case methodNotAllowed = "method_not_allowed"
    case requestTimeout = "request_timeout"
    case contentTooLarge = "content_too_large"
    case uriTooLong = "uri_too_long"
    case unsupportedMediaType = "unsupported_media_type"
    case expectationFailed = "expectation_failed"
    case headerFieldsTooLarge = "header_fields_too_large"
    case conflict = "conflict"
    case idempotencyInProgress = "idempotency_in_progress"
    case idempotencyMismatch = "idempotency_mismatch"
    case customerHasNoPhoto = "customer_has_no_photo"
    case unknownReference = "unknown_reference"
    case photoTooSmall = "photo_too_small"
    case photoTooLarge = "photo_too_large"
    case undecodablePicture = "undecodable_picture"
    case rateLimited = "rate_limited"
    case internalError = "internal_error"
    case notImplemented = "not_implemented"
    case queueSaturated = "queue_saturated"
    case storeUnavailable = "store_unavailable"
    case acceptanceUnknown = "acceptance_unknown"
    case versionNotSupported = "http_version_not_supported"

    var status: HTTPStatus {
        switch self {
        case .malformedJSON, .validationFailed, .malformedRequest: .badRequest
        case .missingKey, .invalidKey, .keyExpired, .keyDisabled, .invalidToken: .unauthorized
        case .insufficientScope, .insufficientCredits, .ipNotAllowed, .forbidden, .organizationSuspended: .forbidden
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .requestTimeout: .requestTimeout
        case .contentTooLarge: .contentTooLarge
        case .uriTooLong: .uriTooLong
        case .unsupportedMediaType: .unsupportedMediaType
        case .expectationFailed: .expectationFailed
        case .headerFieldsTooLarge: .fieldsTooLarge
        case .conflict, .idempotencyInProgress: .conflict
        case .idempotencyMismatch, .customerHasNoPhoto, .unknownReference, .photoTooSmall, .photoTooLarge,
            .undecodablePicture:
            .unprocessableContent
        case .rateLimited: .tooManyRequests
        case .internalError: .internalServerError
        case .notImplemented: .notImplemented
        case .queueSaturated, .storeUnavailable, .acceptanceUnknown: .serviceUnavailable
        case .versionNotSupported: .versionNotSupported
        }
    }

    /// Whether the same request may succeed later.
    var isRetryable: Bool {
        switch self {
        case .rateLimited, .queueSaturated, .storeUnavailable, .acceptanceUnknown, .requestTimeout,
            .idempotencyInProgress, .internalError:
            true
        case .malformedJSON, .validationFailed, .malformedRequest, .missingKey, .invalidKey, .keyExpired,
            .keyDisabled, .invalidToken, .insufficientScope, .insufficientCredits, .ipNotAllowed, .forbidden,
            .organizationSuspended, .notFound, .methodNotAllowed, .contentTooLarge, .uriTooLong,
            .unsupportedMediaType, .expectationFailed, .headerFieldsTooLarge, .conflict, .idempotencyMismatch,
            .customerHasNoPhoto, .unknownReference, .photoTooSmall, .photoTooLarge, .undecodablePicture,
            .notImplemented, .versionNotSupported:
            false
        }
    }

    /// The code for a request that violates the HTTP protocol.
    init(protocolFault status: HTTPStatus) {
        switch status {
        case .requestTimeout: self = .requestTimeout
        case .contentTooLarge: self = .contentTooLarge
        case .uriTooLong: self = .uriTooLong
        case .expectationFailed: self = .expectationFailed
        case .fieldsTooLarge: self = .headerFieldsTooLarge
        case .notImplemented: self = .notImplemented
        case .versionNotSupported: self = .versionNotSupported
        case .serviceUnavailable: self = .storeUnavailable
        default: self = .malformedRequest
        }
    }
}
