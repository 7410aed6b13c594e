/// What decides who may call an endpoint.
struct AccessControl {
    let addresses: ClientAddresses
    let keys: APIKeyAuthenticator
    let users: UserAuthenticator
    let limiter: FailedAuthenticationLimiter
}
