internal import Domain

/// Every script that an ingress runs; they are loaded when a connection comes up.
enum IngressScripts {
    static let all =
        DomainScripts.all + [
            AuthenticationScript.script, FailedAuthenticationScript.script, AdmissionScript.script,
            WithdrawScript.script,
        ]
}
