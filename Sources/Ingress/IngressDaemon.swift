internal import Platform

/// The program `drape-ingress`.
@main
enum IngressDaemon {
    static func main() {
        let program = DaemonProgram(name: "drape-ingress", help: help, portVariable: "PORT")
        program.main(libraries: {
            HostResolver.startLibrary()
            MySQLPool.startLibrary()
            PictureHandle.startLibrary()
        }) { environment in
            try IngressProcess(configuration: IngressConfiguration(environment: environment)).run()
        }
    }

    private static let help = """
        drape-ingress: the HTTP front of Drape.

        It takes no arguments; it is configured by environment variables, which docs/configuration.md lists.

          --help      this text
          --version   the version

        SIGTERM or SIGINT: stop accepting, answer the requests in progress, end. Exit status 78: a variable is wrong.
        """
}
