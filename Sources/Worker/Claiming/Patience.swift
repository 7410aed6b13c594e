internal import Shared

extension EventLoop {
    /// Says it to Redis until Redis has heard it; gives up where the lease is lost, for then others act.
    ///
    /// - Parameters:
    ///   - name: what the log calls the step that Redis does not take.
    ///   - logger: hears of it once, and then with every minute or so.
    ///   - step: what is said; it may be heard twice.
    func patiently(
        _ name: StaticString, _ logger: Logger, _ step: () async throws(QueueError) -> some Any
    ) async {
        var backoff = Backoff()
        var tries = 0
        while true {
            do throws(QueueError) {
                _ = try await step()
                return
            } catch .fenced {
                return
            } catch {
                if tries % 32 == 0 {
                    logger.warning("Redis does not take a step", .text("step", "\(name)"), .error(error))
                }
                tries += 1
                await sleep(for: backoff.next())
            }
        }
    }
}
