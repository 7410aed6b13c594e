/// The Lua function that tells watchers of a change.
package enum WatchLua {
    /// `notify(watchers, ids)`: publishes the ids of sessions that have changed, if anyone watches the shard.
    package static let notify = """
        local function notify(watchers, ids)
          if redis.call('EXISTS', watchers) == 0 then return end
          for _, id in ipairs(ids) do redis.call('PUBLISH', '\(RedisKeys.watchChannel)', id) end
        end
        """
}
