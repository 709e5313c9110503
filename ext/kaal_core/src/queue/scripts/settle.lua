-- Writes down what became of jobs that a server has taken, each if the server still has it under that token.
-- KEYS[1] pending, KEYS[2] payloads, KEYS[3] leases, KEYS[4] ready, KEYS[5] delayed, KEYS[6] dead, KEYS[7] reasons
-- ARGV for each job: its id, the token, what: 'done', 'retry' (after so many milliseconds), 'dead' (for
-- this reason) or 'back' (it was not begun, or not its fault), and that number or reason
-- Answers an array: 1 where it was done, else 0.
local ids, done, answers = {}, {}, {}

local function now()
  local time = redis.call('TIME')
  return time[1] + time[2] / 1000000
end

for i = 1, #ARGV, 4 do
  ids[#ids + 1] = ARGV[i]
end
local leases = redis.call('HMGET', KEYS[3], unpack(ids))
for i, id in ipairs(ids) do
  local given, what, detail = ARGV[4 * i - 2], ARGV[4 * i - 1], ARGV[4 * i]
  local token, attempts = string.match(leases[i] or '', '^(%d+) (%d+) ')
  local ours = given == token and redis.call('LREM', KEYS[1], 0, id) > 0
  if ours and what == 'done' then
    done[#done + 1] = id
  elseif ours and what == 'retry' then
    redis.call('HSET', KEYS[3], id, token .. ' ' .. attempts .. ' -')
    redis.call('ZADD', KEYS[5], now() + detail / 1000, id)
  elseif ours and what == 'dead' then
    redis.call('ZADD', KEYS[6], now(), id)
    redis.call('HSET', KEYS[7], id, detail)
  elseif ours then
    redis.call('HSET', KEYS[3], id, token .. ' ' .. math.max(attempts - 1, 0) .. ' -')
    redis.call('RPUSH', KEYS[4], id)
  end
  answers[i] = ours and 1 or 0
end
if #done > 0 then
  redis.call('HDEL', KEYS[2], unpack(done))
  redis.call('HDEL', KEYS[3], unpack(done))
end
return answers
