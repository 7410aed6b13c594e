/// The Lua function that enqueues the deliveries of an event.
enum DispatchLua {
    /// `dispatch(queue, waiters, prefix, message, words, first)`: enqueues the deliveries `words[first]`, `words[first + 1]` and
    /// so on, each an id and a lane; one that waits already stays as it is.
    static let dispatch = """
        local function dispatch(queue, waiters, prefix, message, words, first)
          for index = first, #words, 2 do
            local delivery, lane = words[index], words[index + 1]
            if redis.call('EXISTS', prefix .. delivery) == 0 then
              redis.call('HSET', prefix .. delivery, 'lane', lane, 'weight', '1', 'body', '')
              push(queue, lane, delivery)
              wake(waiters, message)
            end
          end
        end
        """
}
