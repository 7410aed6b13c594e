internal import Synchronization

/// A number that increases and decreases.
package final class Gauge: Sendable {
    private let number = Atomic<Int>(0)

    package init() {}

    package func add(_ amount: Int) {
        number.wrappingAdd(amount, ordering: .relaxed)
    }

    package func set(_ amount: Int) {
        number.store(amount, ordering: .relaxed)
    }

    package var value: Int { number.load(ordering: .relaxed) }
}
