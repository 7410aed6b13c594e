/// The Lua function that enqueues the deliveries of an event.
package enum DispatchLua {
    /// The deliveries of one endpoint that Redis keeps; the reconciler enqueues the others when some have been sent.
    package static let laneDeliveriesMax = 10_000

    /// `dispatch(queue, prefix, first, last)`: enqueues the deliveries of the arguments from `first` to
    /// `last`, each an id, a lane, and the lane's limits; one that waits already stays as it is.
    ///
    /// It uses `push`, `wake` and `LaneLimitLua`.
    package static let dispatch = """
        \(LaneLimitLua.all)
        local function dispatch(queue, prefix, first, last)
          for index = first, last, 3 do
            local delivery, lane, limit = ARGV[index], ARGV[index + 1], ARGV[index + 2]
            if redis.call('EXISTS', prefix .. delivery) == 0
              and redis.call('LLEN', queue .. ':lane:' .. lane) < \(laneDeliveriesMax) then
              if limit ~= '' then set_limit(queue, lane, limit) end
              redis.call('HSET', prefix .. delivery, 'lane', lane, 'weight', '1', 'body', '')
              push(queue, lane, delivery)
              wake(queue)
            end
          end
        end
        """
}
