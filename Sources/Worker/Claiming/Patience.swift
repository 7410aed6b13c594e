internal import Shared

extension EventLoop {
    /// Says it to Redis until Redis has heard it; gives up where the lease is lost, for then others act.
    func patiently(_ step: () async throws(QueueError) -> some Any) async {
        var backoff = Backoff()
        while true {
            do throws(QueueError) {
                _ = try await step()
                return
            } catch .fenced {
                return
            } catch {
                await sleep(for: backoff.next())
            }
        }
    }
}
