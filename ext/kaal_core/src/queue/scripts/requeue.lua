-- Puts dead jobs back among the ready ones, with all attempts before them.
-- KEYS[1] dead, KEYS[2] reasons, KEYS[3] leases, KEYS[4] payloads, KEYS[5] ready; ARGV the ids
-- Answers how many; one without a payload stays dead.
local requeued = 0
for i = 1, #ARGV do
  local id = ARGV[i]
  if redis.call('HEXISTS', KEYS[4], id) == 1 and redis.call('ZREM', KEYS[1], id) == 1 then
    redis.call('HDEL', KEYS[2], id)
    redis.call('HDEL', KEYS[3], id)
    redis.call('LPUSH', KEYS[5], id)
    requeued = requeued + 1
  end
end
return requeued
