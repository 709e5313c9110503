-- Takes jobs for a server: each goes from the ready ones to the server's pending ones and gets a new fencing
-- token. One that cannot be run goes among the dead.
-- KEYS[1] ready, KEYS[2] pending, KEYS[3] payloads, KEYS[4] leases, KEYS[5] dead, KEYS[6] reasons,
-- KEYS[7] the server's heartbeat, KEYS[8] the last token
-- ARGV[1] how many at most, ARGV[2] the server, ARGV[3] most attempts, ARGV[4] most bytes of a payload,
-- ARGV[5] most bytes together, ARGV[6] the heartbeat, ARGV[7] its life in milliseconds, the rest: jobs that may be
-- pending already, and nobody runs
-- Answers {id, token, attempt, payload, …} and {id, reason, …}: a table for each would cost Redis as much as all else.
-- A lease is '<token> <attempts> <server>', without a server '-'.
local wanted, most_attempts, most_bytes = tonumber(ARGV[1]), tonumber(ARGV[3]), tonumber(ARGV[4])
local names, attempts, taken, dead, bytes = {}, {}, {}, {}, 0

local function bury(id, reason)
  local time = redis.call('TIME')
  redis.call('ZADD', KEYS[5], time[1] + time[2] / 1000000, id)
  redis.call('HSET', KEYS[6], id, reason)
  dead[#dead + 1] = id
  dead[#dead + 1] = reason
end

-- What keeps a job from being run, if anything; else notes it as taken.
local function take(id, lease, found)
  local payload = redis.call('HSTRLEN', KEYS[3], id)
  if payload == 0 and redis.call('HEXISTS', KEYS[3], id) == 0 then
    return 'its payload is missing: the job was completed or deleted meanwhile'
  end
  if payload > most_bytes then
    return 'its payload has ' .. payload .. ' bytes, more than max_payload, which is ' .. ARGV[4]
  end
  local before, server = string.match(lease or '', '^%d+ (%d+) (.*)$')
  local attempt = tonumber(before) or 0
  if not (found and server == ARGV[2]) then -- else it was counted when the answer got lost
    attempt = attempt + 1
  end
  if attempt > most_attempts then
    return 'given up after ' .. ARGV[3] .. ' attempts: the process of the last one ended before the job'
  end
  names[#names + 1] = id
  attempts[#attempts + 1] = attempt
  bytes = bytes + payload
end

-- Changes nothing. A Redis that has no memory left refuses to begin with what may need some, but not to go on with it:
-- with nobody to take jobs there would never be any again.
redis.call('PERSIST', KEYS[2])
redis.call('SET', KEYS[7], ARGV[6], 'PX', ARGV[7])
local ids = {}
for i = 8, #ARGV do
  if redis.call('LREM', KEYS[2], 0, ARGV[i]) > 0 then
    redis.call('LPUSH', KEYS[2], ARGV[i])
    ids[#ids + 1] = ARGV[i]
  end
end
local found = #ids
if found < wanted then
  local ready = redis.call('LRANGE', KEYS[1], found - wanted, -1)
  for i = #ready, 1, -1 do -- the first stands last
    ids[#ids + 1] = ready[i]
  end
end
if #ids == 0 then
  return {taken, dead}
end

-- First what may fail: a key may be of another kind.
local leases = redis.call('HMGET', KEYS[4], unpack(ids))
local moved, put, seen = 0, {}, {}
for i, id in ipairs(ids) do
  if i > found and bytes >= tonumber(ARGV[5]) then
    break
  end
  moved = moved + (i > found and 1 or 0)
  if not seen[id] then -- nodes of Async::Job, and a fail-over, may leave one twice
    seen[id] = true
    local flaw = take(id, leases[i], i <= found)
    if flaw then
      bury(id, flaw)
    end
    if i > found then
      put[#put + 1] = not flaw and id or nil
    elseif flaw then
      redis.call('LREM', KEYS[2], 0, id)
    end
  end
end
local token = redis.call('INCRBY', KEYS[8], #names) - #names
if #put > 0 then
  redis.call('LPUSH', KEYS[2], unpack(put))
end
if moved > 0 then
  redis.call('LTRIM', KEYS[1], 0, -moved - 1)
end
if #names == 0 then
  return {taken, dead}
end
local payloads, held = redis.call('HMGET', KEYS[3], unpack(names)), {}
for i, id in ipairs(names) do
  held[2 * i - 1] = id
  held[2 * i] = token + i .. ' ' .. attempts[i] .. ' ' .. ARGV[2]
  taken[4 * i - 3] = id
  taken[4 * i - 2] = token + i
  taken[4 * i - 1] = attempts[i]
  taken[4 * i] = payloads[i]
end
redis.call('HSET', KEYS[4], unpack(held))
return {taken, dead}
