internal import Platform

extension EventLoop {
    /// Retries a step until Redis confirms it; stops if the claim is fenced: another worker has taken over.
    ///
    /// - Parameters:
    ///   - name: the name of the step in the log.
    ///   - logger: logs the first failure, and then every 32nd (about every two minutes).
    ///   - step: the Redis operation; it may run more than once.
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
