internal import Foundation
internal import Platform

/// The program `drape-demo`.
@main
enum DemonstrationTool {
    static func main() {
        if CommandLine.arguments.dropFirst().contains("--help") { return print(help) }
        ShutdownSignal.ignoreBrokenPipes()
        HTTPClient.startLibrary()
        let environment = ProcessInfo.processInfo.environment
        guard let url = environment["DRAPE_URL"], let token = environment["DRAPE_PLATFORM_TOKEN"],
            let samples = environment["DRAPE_DEMO_SAMPLES"], let output = environment["DRAPE_DEMO_OUTPUT"]
        else { fail("DRAPE_URL, DRAPE_PLATFORM_TOKEN, DRAPE_DEMO_SAMPLES and DRAPE_DEMO_OUTPUT must be set") }
        do {
            let thread = try LoopThread(name: "demonstration")
            let ended = DispatchSemaphore(value: 0)
            _ = thread.run {
                let failure = await Demonstration(
                    loop: thread.loop, url: url, token: token, samples: samples, output: output
                ).run()
                if let failure { fail(failure) }
                ended.signal()
            }
            ended.wait()
        } catch {
            fail("\(error)")
        }
    }

    private static let help = """
        drape-demo: walks through the API once, as a shop would, and prints each step.

        It reads DRAPE_URL, DRAPE_PLATFORM_TOKEN, DRAPE_DEMO_SAMPLES (the folder samples/) and DRAPE_DEMO_OUTPUT (where the
        pictures go). `make run` sets all of them.
        """

    private static func fail(_ text: String) -> Never {
        FileHandle.standardError.write(Data("drape-demo: \(text)\n".utf8))
        exit(1)
    }
}
