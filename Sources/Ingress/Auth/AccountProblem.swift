internal import Domain

extension Problem {
    /// The problem for a copy of an account that was not updated.
    init(_ failure: AccountCache.Failure) {
        switch failure {
        case .redis(let error): self.init(redis: error)
        case .mysql(let error): self.init(mysql: error)
        case .unstable: self = APIKeyAuthenticator.unstable
        }
    }
}
