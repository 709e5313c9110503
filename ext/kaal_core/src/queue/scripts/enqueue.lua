-- Adds jobs. One whose id is taken is left as it is: what is sent again after a lost answer changes nothing.
-- KEYS[1] payloads, KEYS[2] ready, KEYS[3] delayed, KEYS[4] what movers of delayed jobs wait at,
-- KEYS[5] leases, KEYS[6] dead, KEYS[7] reasons
-- ARGV for each job, of a thousand at most: its id, when it is due in unix seconds or '' for now, its payload
local ready, delayed = {}, {}

-- What a job of the same id has left that ended elsewhere: one whose payload was missing, or that a node of Async::Job
-- has completed.
local function forget(id)
  redis.call('HDEL', KEYS[5], id)
  if redis.call('ZREM', KEYS[6], id) == 1 then
    redis.call('HDEL', KEYS[7], id)
  end
end

for i = 1, #ARGV, 3 do
  if redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 2]) == 1 then
    forget(ARGV[i])
    if ARGV[i + 1] == '' then
      ready[#ready + 1] = ARGV[i]
    else
      delayed[#delayed + 1] = ARGV[i + 1]
      delayed[#delayed + 1] = ARGV[i]
    end
  end
end

-- A payload that is in no list would be there for ever.
local function withdraw()
  for i = 1, #ready do
    redis.call('HDEL', KEYS[1], ready[i])
  end
  for i = 2, #delayed, 2 do
    redis.call('HDEL', KEYS[1], delayed[i])
  end
end

local function first_delayed()
  return redis.call('ZRANGE', KEYS[3], 0, 0)[1]
end

if #delayed > 0 then
  local before = first_delayed()
  local put = redis.pcall('ZADD', KEYS[3], unpack(delayed))
  if type(put) == 'table' then -- an error
    withdraw()
    return put
  end
  if first_delayed() ~= before then
    redis.call('LPUSH', KEYS[4], 1)
    redis.call('LTRIM', KEYS[4], 0, 0)
    redis.call('EXPIRE', KEYS[4], 60)
  end
end
if #ready > 0 then
  local put = redis.pcall('LPUSH', KEYS[2], unpack(ready))
  if type(put) == 'table' then
    delayed = {} -- these are where they belong
    withdraw()
    return put
  end
end
