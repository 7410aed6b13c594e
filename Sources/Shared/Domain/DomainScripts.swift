/// The Redis scripts that both daemons may run.
package enum DomainScripts {
    package static let all = [
        EnqueueScript.script, LeaseScript.script, MissingJobsScript.script, RestoreJobsScript.script,
        QueueDepthScript.script, LanePauseScript.script,
        OrphanHoldsScript.script, HeldSumScript.script, ReleaseHoldsScript.script, AccountCacheScript.script,
        JobErasureScript.script, CircuitBreakerScript.script, CircuitBreakerCloseScript.script, LaneLimitScript.script,
        DispatchScript.script,
    ]
}
