internal import Platform

/// The entry point of the worker.
@main
enum WorkerDaemon {
    static func main() {
        let program = DaemonProgram(name: "drape-worker", help: help, portVariable: "DRAPE_WORKER_PORT")
        program.main(libraries: {
            MySQLPool.startLibrary()
            PictureHandle.startLibrary()
            HTTPClient.startLibrary()
        }) { environment in
            try WorkerProcess(configuration: WorkerConfiguration(environment: environment)).run()
        }
    }

    private static let help = """
        drape-worker: one of the fleet of workers. It claims sessions, charges, renders and completes them.

        It takes no arguments; it is configured by environment variables, which docs/configuration.md lists. Health and
        metrics are served on DRAPE_WORKER_PORT.

          --help      this text
          --version   the version

        SIGTERM or SIGINT: claim no more, finish the jobs that are held, end. Exit status 78: a variable is wrong.
        """
}
