/// The Lua function that enqueues the deliveries of an event.
enum DispatchLua {
    /// `dispatch(queue, prefix, first, last)`: enqueues the deliveries of the arguments from `first` to
    /// `last`, each an id and a lane; one that waits already stays as it is.
    static let dispatch = """
        local function dispatch(queue, prefix, first, last)
          for index = first, last, 2 do
            local delivery, lane = ARGV[index], ARGV[index + 1]
            if redis.call('EXISTS', prefix .. delivery) == 0 then
              redis.call('HSET', prefix .. delivery, 'lane', lane, 'weight', '1', 'body', '')
              push(queue, lane, delivery)
              wake(queue)
            end
          end
        end
        """
}
