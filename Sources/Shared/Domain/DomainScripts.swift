/// The Redis scripts that both daemons may run.
package enum DomainScripts {
    package static let all = [
        EnqueueScript.script, CancelScript.script, JobErasureScript.script,
    ]
}
