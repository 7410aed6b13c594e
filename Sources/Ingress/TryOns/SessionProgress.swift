internal import Domain
internal import Platform

/// The events of a session so far, as its state tells them; each has a number by which a client resumes.
///
/// Items are rendered in their order, so a later state has the events of an earlier one, and more after them.
struct SessionProgress {
    /// One event of a stream.
    struct Event {
        /// 1: the session was begun; 2 and more: the item at this position less 2 has a picture; then its end.
        let number: Int
        let type: String
        let data: [UInt8]
    }

    static let endNumber = 100
    private let view: SessionView
    private let link: (String) -> String

    /// `link` returns the URL of a result path.
    init(_ view: SessionView, link: @escaping (String) -> String) {
        self.view = view
        self.link = link
    }

    var hasEnded: Bool { view.status.isTerminal }

    /// The events with higher numbers than `last`.
    func events(after last: Int) -> [Event] {
        var events: [Event] = []
        if last < 1, view.status == .processing || view.startedAt != nil {
            var begun = view
            begun.status = .processing
            begun.finishedAt = nil
            events.append(Event(number: 1, type: SessionStatus.processing.eventType, data: data(begun)))
        }
        for (position, item) in view.items.enumerated()
        where item.status == .completed && position + 2 > last {
            events.append(Event(number: position + 2, type: "tryon.item.completed", data: data(item)))
        }
        if hasEnded, last < Self.endNumber {
            events.append(Event(number: Self.endNumber, type: view.status.eventType, data: data(view)))
        }
        return events
    }

    private func data(_ view: SessionView) -> [UInt8] {
        JSONWriter.object(capacity: 1_024) { json in view.write(to: &json, link: link) }
    }

    private func data(_ item: SessionView.Item) -> [UInt8] {
        JSONWriter.object(capacity: 512) { json in
            json.field("sessionId", view.id)
            json.field("customerId", view.customerID)
            json.field("cartId", view.cartID)
            json.key("item")
            json.object { json in item.write(to: &json, link: link) }
        }
    }
}

extension SessionProgress.Event {
    /// The event as server-sent events write it.
    ///
    /// Source: HTML Living Standard, section 9.2.6. JSON has no line feeds outside of strings, and escapes those inside.
    var bytes: [UInt8] {
        Array("id: \(number)\nevent: \(type)\ndata: ".utf8) + data + Array("\n\n".utf8)
    }
}
