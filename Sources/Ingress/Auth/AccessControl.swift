/// The parts that authenticate and authorize requests.
struct AccessControl {
    let addresses: ClientAddresses
    let keys: APIKeyAuthenticator
    let users: UserAuthenticator
    let limiter: FailedAuthenticationLimiter
}
