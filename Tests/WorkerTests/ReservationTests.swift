import Domain
import Testing

@testable import Worker

@Suite("Reservations and exclusive jobs")
struct ReservationTests {
    private static let place = QueuePlace(.sessions, shard: 1)
    private static let other = QueuePlace(.sessions, shard: 2)

    @Test("a reservation blocks claims until its weight is free, the process is empty, or it times out")
    func blocks() {
        let now = ContinuousClock.now
        var reservation = Reservation()
        #expect(!reservation.blocks(freeWeight: 0, holdsNothing: false, now: now))
        let isReserved = reservation.update(5, at: Self.place, weightMax: 8, now: now)
        #expect(isReserved)
        #expect(reservation.place == Self.place)
        #expect(reservation.blocks(freeWeight: 4, holdsNothing: false, now: now))
        #expect(!reservation.blocks(freeWeight: 5, holdsNothing: false, now: now))
        #expect(!reservation.blocks(freeWeight: 4, holdsNothing: true, now: now))
        #expect(!reservation.blocks(freeWeight: 4, holdsNothing: false, now: now + Reservation.timeout))
    }

    @Test("a job that is heavier than the process needs all of its weight")
    func heavierThanAll() {
        let now = ContinuousClock.now
        var reservation = Reservation()
        _ = reservation.update(50, at: Self.place, weightMax: 8, now: now)
        #expect(reservation.blocks(freeWeight: 7, holdsNothing: false, now: now))
        #expect(!reservation.blocks(freeWeight: 8, holdsNothing: false, now: now))
    }

    @Test("only a reply for its place ends a reservation")
    func ends() {
        let now = ContinuousClock.now
        var reservation = Reservation()
        _ = reservation.update(5, at: Self.place, weightMax: 8, now: now)
        let atOther = reservation.update(0, at: Self.other, weightMax: 8, now: now)
        #expect(!atOther)
        #expect(reservation.place == Self.place)
        _ = reservation.update(0, at: Self.place, weightMax: 8, now: now)
        #expect(reservation.place == nil)
        #expect(!reservation.blocks(freeWeight: 0, holdsNothing: false, now: now))
    }

    private static func claim(_ id: String, crashes: Int) -> Claim {
        Claim(
            place: place, job: Job(id: id, lane: "a", weight: 1, payload: [[], []]), number: 1, attempts: 0,
            crashes: crashes, isCancelRequested: false)
    }

    @Test("a job that crashed a worker blocks claims while it runs; other jobs do not")
    func exclusive() {
        let now = ContinuousClock.now
        var exclusive = ExclusiveJob()
        exclusive.begin(Self.claim("other", crashes: 0))
        #expect(!exclusive.blocks(holdsNothing: false, now: now))
        exclusive.begin(Self.claim("crashed", crashes: 1))
        #expect(exclusive.blocks(holdsNothing: false, now: now))
        exclusive.end(Self.claim("other", crashes: 0))
        #expect(exclusive.blocks(holdsNothing: false, now: now))
        exclusive.end(Self.claim("crashed", crashes: 1))
        #expect(!exclusive.blocks(holdsNothing: false, now: now))
    }

    @Test("the wait for an empty process ends when it is empty, when the job begins, or after its time")
    func wait() {
        let now = ContinuousClock.now
        var exclusive = ExclusiveJob()
        let isFirst = exclusive.wait(from: now)
        #expect(isFirst && exclusive.blocks(holdsNothing: false, now: now))
        // A process that is never empty does not stand still for it all the time.
        let isAgain = exclusive.wait(from: now + .seconds(3))
        #expect(!isAgain && !exclusive.blocks(holdsNothing: false, now: now + .seconds(3)))
        #expect(!exclusive.blocks(holdsNothing: true, now: now))
        #expect(!exclusive.blocks(holdsNothing: false, now: now + ExclusiveJob.waitMax))
        exclusive.begin(Self.claim("crashed", crashes: 1))
        exclusive.end(Self.claim("crashed", crashes: 1))
        #expect(!exclusive.blocks(holdsNothing: false, now: now))
        let isNext = exclusive.wait(from: now + .seconds(4))
        let isLater = exclusive.wait(from: now + .seconds(4) + ExclusiveJob.waitPause)
        #expect(isNext && isLater)
    }
}
