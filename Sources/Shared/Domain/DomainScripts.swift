/// The Redis scripts that both daemons may run.
package enum DomainScripts {
    package static let all = [
        EnqueueScript.script, AccountCacheScript.script, CancelScript.script, JobErasureScript.script,
    ]
}
