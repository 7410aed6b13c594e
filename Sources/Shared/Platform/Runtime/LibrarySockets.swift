/// The sockets that a C library has opened, and asks a loop to watch for it.
final class LibrarySockets {
    private final class Socket: EventHandler {
        private let number: Int32
        private unowned let owner: LibrarySockets

        init(_ number: Int32, _ owner: LibrarySockets) {
            self.number = number
            self.owner = owner
        }

        func ready(_ interest: Interest) {
            owner.onReady(number, interest)
        }
    }

    private let loop: EventLoop
    private let onReady: (Int32, Interest) -> Void
    private var sockets: [Int32: Socket] = [:]

    /// `onReady` is called on the loop with a socket, and what it is ready for.
    init(loop: EventLoop, onReady: @escaping (Int32, Interest) -> Void) {
        self.loop = loop
        self.onReady = onReady
    }

    /// Watches a socket; nil: no more.
    func watch(_ number: Int32, for interest: Interest?) {
        guard let interest else { return forget(number) }
        do throws(SystemError) {
            if sockets[number] != nil {
                try loop.change(number, to: interest)
            } else {
                let socket = Socket(number, self)
                try loop.watch(number, for: interest, socket)
                sockets[number] = socket
            }
        } catch {
            // The descriptor is already closed; the library ends what it does by its own time-out.
            forget(number)
        }
    }

    func forgetAll() {
        for number in Array(sockets.keys) { forget(number) }
    }

    private func forget(_ number: Int32) {
        loop.forget(number)
        sockets[number] = nil
    }
}
