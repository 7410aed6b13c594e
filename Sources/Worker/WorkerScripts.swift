internal import Domain

/// Every script that a worker runs; they are loaded when a connection is established.
enum WorkerScripts {
    static let all =
        DomainScripts.all + [
            ClaimScript.script, StartScript.script, ReleaseScript.script, AcknowledgeScript.script, BuryScript.script,
            PassWakeScript.script, TickScript.script, SessionEndScript.script,
            ProgressScript.script, ClientEventEndScript.script, DeliveryEndScript.script,
        ]
}
