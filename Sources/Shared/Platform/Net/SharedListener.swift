/// A listening socket that several loops watch; closed when the last of them releases it.
package final class SharedListener: Sendable {
    package let handle: ListenerHandle

    package init(_ handle: consuming ListenerHandle) {
        self.handle = handle
    }

    /// Refuses new connections.
    package func close() {
        handle.stopListening()
    }
}
