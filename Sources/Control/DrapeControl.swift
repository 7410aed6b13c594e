@main
enum DrapeControl {
    static func main() {}
}
