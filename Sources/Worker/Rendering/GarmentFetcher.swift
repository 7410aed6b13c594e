internal import Domain
internal import Platform

/// Fetches the picture of a garment from a URL that the tenant gave.
final class GarmentFetcher {
    private let client: HTTPClient
    private let allowsHTTP: Bool

    init(client: HTTPClient, allowsHTTP: Bool) {
        self.client = client
        self.allowsHTTP = allowsHTTP
    }

    /// Fetches the bytes, which are not checked; a failure's message is written for the tenant.
    func fetch(_ url: String) async -> Result<[UInt8], ItemFailure> {
        var request = HTTPClientRequest(url: url, method: .get, bytesMax: PictureCheck.bytesMax)
        request.allowsHTTP = allowsHTTP
        switch await client.send(request) {
        case .failure(let error): return .failure(Self.unreachable(error.message))
        case .success(let answer) where answer.status != 200:
            return .failure(Self.unreachable("the answer was \(answer.status)"))
        case .success(let answer): return .success(answer.body)
        }
    }

    static let unusable = ItemFailure(
        code: "garment_unusable", message: "garmentUrl is not a picture that can be used")

    private static func unreachable(_ reason: String) -> ItemFailure {
        ItemFailure(code: "garment_unreachable", message: "garmentUrl could not be fetched: \(reason)")
    }
}
