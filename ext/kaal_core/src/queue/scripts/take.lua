-- Takes jobs for a server: each goes from the ready ones to the server's pending ones and gets a new fencing
-- token. One that cannot be run goes among the dead.
-- KEYS[1] ready, KEYS[2] pending, KEYS[3] payloads, KEYS[4] leases, KEYS[5] dead, KEYS[6] reasons,
-- KEYS[7] the server's heartbeat, KEYS[8] the last token
-- ARGV[1] how many at most, ARGV[2] the server, ARGV[3] most attempts, ARGV[4] most bytes of a payload,
-- ARGV[5] most bytes together, ARGV[6] the heartbeat, ARGV[7] its life in milliseconds, the rest: jobs that may be
-- pending already, and nobody runs
-- Answers {{id, token, attempt, payload}, …} and {{id, reason}, …}.
-- A lease is '<token> <attempts> <server>', without a server '-'.
local taken, dead, bytes = {}, {}, 0
local time = redis.call('TIME')

local function bury(id, reason)
  redis.call('LREM', KEYS[2], 0, id)
  redis.call('ZADD', KEYS[5], time[1] + time[2] / 1000000, id)
  redis.call('HSET', KEYS[6], id, reason)
  dead[#dead + 1] = {id, reason}
end

local function take(id, found)
  local payload = redis.call('HSTRLEN', KEYS[3], id)
  if payload == 0 and redis.call('HEXISTS', KEYS[3], id) == 0 then
    return bury(id, 'its payload is missing: the job was completed or deleted meanwhile')
  end
  if payload > tonumber(ARGV[4]) then
    return bury(id, 'its payload has ' .. payload .. ' bytes, more than max_payload, which is ' .. ARGV[4])
  end
  local lease = redis.call('HGET', KEYS[4], id) or ''
  local attempts, server = string.match(lease, '^%d+ (%d+) (.*)$')
  attempts = tonumber(attempts) or 0
  if not (found and server == ARGV[2]) then -- else it was counted when the answer got lost
    attempts = attempts + 1
  end
  if attempts > tonumber(ARGV[3]) then
    return bury(id, 'given up after ' .. ARGV[3] .. ' attempts: the process of the last one ended before the job')
  end
  local token = redis.call('INCR', KEYS[8])
  redis.call('HSET', KEYS[4], id, token .. ' ' .. attempts .. ' ' .. ARGV[2])
  taken[#taken + 1] = {id, token, attempts, redis.call('HGET', KEYS[3], id)}
  bytes = bytes + payload
end

-- Changes nothing. A Redis that has no memory left refuses to begin with what may need some, but not to go on with it:
-- with nobody to take jobs there would never be any again.
redis.call('PERSIST', KEYS[2])
redis.call('SET', KEYS[7], ARGV[6], 'PX', ARGV[7])
for i = 8, #ARGV do
  if redis.call('LREM', KEYS[2], 0, ARGV[i]) > 0 then
    redis.call('LPUSH', KEYS[2], ARGV[i])
    take(ARGV[i], true)
  end
end
while #taken + #dead < tonumber(ARGV[1]) and bytes < tonumber(ARGV[5]) do
  local id = redis.call('RPOPLPUSH', KEYS[1], KEYS[2])
  if not id then
    break
  end
  take(id, false)
end
return {taken, dead}
