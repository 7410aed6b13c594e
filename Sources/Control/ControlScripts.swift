internal import Platform

/// The Redis scripts that only `drapectl` runs.
enum ControlScripts {
    static let all = [LaneAuditScript.script, HeldJobsAuditScript.script, JobPlacesScript.script]
}
