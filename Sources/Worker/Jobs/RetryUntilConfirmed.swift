internal import Platform

extension EventLoop {
    /// Retries a step until Redis confirms it; stops if the claim is fenced, because then another worker acts.
    ///
    /// - Parameters:
    ///   - name: what the log calls the step.
    ///   - logger: told of the first failure, and then about once a minute.
    ///   - step: what Redis is to do; it may be done twice.
    func retryUntilConfirmed(
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
                    logger.warning("Redis did not confirm a step", .text("step", "\(name)"), .error(error))
                }
                tries += 1
                await sleep(for: backoff.next())
            }
        }
    }
}
