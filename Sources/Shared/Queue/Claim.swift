/// A job that this process holds.
package struct Claim: Hashable, Sendable {
    package let queue: QueueName
    package let shard: Int
    package let id: String
    /// How often the job has been claimed: with the boot it makes the owner that fences writes in MariaDB.
    package let number: Int64
    package let attempts: Int
    package let crashes: Int
    /// What the job counts for in caps and slots.
    package let weight: Int
    package let isCancelRequested: Bool
    package let body: [UInt8]
    package let photo: String
    package let lane: String
}
