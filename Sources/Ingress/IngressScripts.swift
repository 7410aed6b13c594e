internal import Domain

/// Every Redis script that an ingress runs; they are loaded when a connection is established.
enum IngressScripts {
    static let all =
        DomainScripts.all + [
            AuthenticationScript.script, FailedAuthenticationScript.script, AdmissionScript.script,
            WithdrawScript.script, CancelScript.script, NewestPhotoScript.script,
            PhotoRemovalScript.script, EventIntakeScript.script,
        ]
}
