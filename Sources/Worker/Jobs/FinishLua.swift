/// The Lua function of the scripts that end a job.
enum FinishLua {
    /// `finish(q, job, waiters, boot, id, message)`: deletes a job that the worker holds, and wakes a worker for the rest.
    ///
    /// Returns false, and changes nothing, if the worker does not hold the job (any more). Needs `leave` and `wake`.
    static let finish = """
        local function finish(q, job, waiters, boot, id, message)
          if redis.call('LREM', q .. ':processing:' .. boot, 1, id) == 0 then return false end
          local known = redis.call('HMGET', job, 'lane', 'weight')
          redis.call('DEL', job)
          if known[1] then
            leave(q, known[1], tonumber(known[2]))
            if redis.call('LLEN', q .. ':ring') > 0 then wake(waiters, message) end
          end
          return true
        end
        """
}
