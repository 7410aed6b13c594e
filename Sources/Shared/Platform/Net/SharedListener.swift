/// A listening socket that several loops watch; closed when the last of them lets go.
package final class SharedListener: Sendable {
    package let handle: ListenerHandle

    package init(_ handle: consuming ListenerHandle) {
        self.handle = handle
    }

    /// Refuses every further connection.
    package func close() {
        handle.stopListening()
    }
}
