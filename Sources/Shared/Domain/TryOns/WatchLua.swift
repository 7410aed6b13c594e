/// The Lua function that tells watchers of a change.
package enum WatchLua {
    /// `notify(watchers, id)`: publishes the id of a session that has changed, if anyone watches the shard.
    package static let notify = """
        local function notify(watchers, id)
          if redis.call('EXISTS', watchers) == 1 then redis.call('PUBLISH', '\(RedisKeys.watchChannel)', id) end
        end
        """
}
