/// Fetches the picture of a garment that a client keeps elsewhere.
package struct GarmentFetcher: Sendable {
    private let policy: AddressPolicy
    private let allowsHTTP: Bool

    package init(policy: AddressPolicy, allowsHTTP: Bool) {
        self.policy = policy
        self.allowsHTTP = allowsHTTP
    }

    /// Initializes libcurl; to be called once, before any thread is made.
    package static func startLibrary() {
        CurlHandle.startLibrary()
    }

    /// The bytes of a picture that passes the same checks as an upload; why not, in words for the tenant.
    ///
    /// It blocks.
    package func fetch(_ url: String) -> Result<[UInt8], ItemFailure> {
        var request = OutboundRequest(url: url, method: .get, bytesMax: PictureCheck.bytesMax)
        request.allowsHTTP = allowsHTTP
        let outcome: Result<OutboundAnswer, OutboundError>
        do throws(OutboundError) {
            outcome = try CurlHandle(request, policy: policy).perform()
        } catch {
            outcome = .failure(error)
        }
        switch outcome {
        case .failure(let error): return .failure(Self.unreachable(error.message))
        case .success(let answer) where answer.status != 200:
            return .failure(Self.unreachable("the answer was \(answer.status)"))
        case .success(let answer):
            do throws(PictureCheck.Failure) {
                _ = try PictureCheck.check(answer.body)
                return .success(answer.body)
            } catch {
                return .failure(
                    ItemFailure(code: "garment_unusable", message: "garmentUrl is not a picture that can be used"))
            }
        }
    }

    private static func unreachable(_ reason: String) -> ItemFailure {
        ItemFailure(code: "garment_unreachable", message: "garmentUrl could not be fetched: \(reason)")
    }
}
