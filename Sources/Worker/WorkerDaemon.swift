internal import Shared

@main
enum WorkerDaemon {
    static func main() {
        if CommandLine.arguments.dropFirst().contains("--version") { return print("drape-worker \(BuildVersion.text)") }
        print(help)
    }

    private static let help = """
        drape-worker: the fleet behind Drape. It has no work to do yet.

          --help      this text
          --version   the version
        """
}
