-- Takes jobs: those whose lease has ended, and then those that are due.
-- KEYS[1] schedule, KEYS[2] payloads, KEYS[3] claims, KEYS[4] what is claimed
-- ARGV[1] when they are due at the latest, ARGV[2] how many at most, ARGV[3] lease in milliseconds, ARGV[4] what the
-- claims' names begin with, ARGV[5] bytes of an answer, beyond which no more are taken
-- What is claimed is kept as `<attempts>:<when it was due>:<payload>`. A claim that is taken again gets another name, so
-- that who had it before finds nothing. Answers each claim's name, that, and whether it was taken before: 1 or 0.
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local ends = now + ARGV[3] / 1000
local most, largest = tonumber(ARGV[2]), tonumber(ARGV[5])
local answer, taken, size = {}, 0, 0

local function take(job_id, claimed, before)
  taken, size = taken + 1, size + #claimed
  local id = ARGV[4] .. '-' .. taken .. ':' .. job_id
  redis.call('HSET', KEYS[4], id, claimed)
  redis.call('ZADD', KEYS[3], ends, id)
  answer[#answer + 1] = id
  answer[#answer + 1] = claimed
  answer[#answer + 1] = before
end

for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, most)) do
  if size >= largest then break end
  local claimed = redis.call('HGET', KEYS[4], id)
  redis.call('ZREM', KEYS[3], id)
  redis.call('HDEL', KEYS[4], id)
  if claimed then
    take(string.match(id, '^[^:]*:(.*)$') or id, claimed, '1')
  end
end
if taken == most or size >= largest then return answer end

local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'WITHSCORES', 'LIMIT', 0, most - taken)
for i = 1, #due, 2 do
  if size >= largest then break end
  local payload = redis.call('HGET', KEYS[2], due[i]) or ''
  take(due[i], '0:' .. due[i + 1] .. ':' .. payload, '0')
  redis.call('ZREM', KEYS[1], due[i])
  redis.call('HDEL', KEYS[2], due[i])
end
return answer
