/// The Lua function that enqueues the deliveries of an event.
package enum DispatchLua {
    /// The deliveries of one endpoint that Redis keeps; the reconciler enqueues the others when some have been sent.
    package static let laneDeliveriesMax = 10_000
    /// Those of an endpoint whose circuit breaker is not closed.
    package static let brokenLaneDeliveriesMax = 200

    /// `has_room(q, lane)`: whether a lane takes another delivery.
    package static let room = """
        local function has_room(q, lane)
          local waiting = redis.call('LLEN', q .. ':lane:' .. lane)
          if waiting < \(brokenLaneDeliveriesMax) then return true end
          return waiting < \(laneDeliveriesMax) and not redis.call('ZSCORE', q .. ':broken', lane)
        end
        """

    /// `dispatch(queue, prefix, first, last)`: enqueues the deliveries of the arguments from `first` to
    /// `last`, each an id, a lane, and the lane's limits; one that waits already stays as it is.
    ///
    /// It uses `push`, `wake` and `LaneLimitLua`.
    package static let dispatch = """
        \(LaneLimitLua.all)
        \(room)
        local function dispatch(queue, prefix, first, last)
          for index = first, last, 3 do
            local delivery, lane, limit = ARGV[index], ARGV[index + 1], ARGV[index + 2]
            if redis.call('EXISTS', prefix .. delivery) == 0 and has_room(queue, lane) then
              if string.sub(limit, 1, 2) ~= '0 ' then set_limit(queue, lane, limit) end
              redis.call('HSET', prefix .. delivery, 'lane', lane, 'weight', '1', 'body', '')
              push(queue, lane, delivery)
              wake(queue)
            end
          end
        end
        """
}
