@main
enum WorkerDaemon {
    static func main() {}
}
