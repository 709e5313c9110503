-- Writes down what became of jobs that a server has taken, each if the server still has it under that token.
-- KEYS[1] pending, KEYS[2] payloads, KEYS[3] leases, KEYS[4] ready, KEYS[5] delayed, KEYS[6] dead, KEYS[7] reasons
-- ARGV for each job: its id, the token, what: 'done', 'retry' (after so many milliseconds), 'dead' (for
-- this reason) or 'back' (it was not begun, or not its fault), and that number or reason
-- Answers an array: 1 where it was done, else 0.
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local answers = {}
for i = 1, #ARGV, 4 do
  local id, what = ARGV[i], ARGV[i + 2]
  local lease = redis.call('HGET', KEYS[3], id) or ''
  local token, attempts = string.match(lease, '^(%d+) (%d+) ')
  local ours = ARGV[i + 1] == token and redis.call('LREM', KEYS[1], 0, id) > 0
  if ours and what == 'done' then
    redis.call('HDEL', KEYS[2], id)
    redis.call('HDEL', KEYS[3], id)
  elseif ours and what == 'retry' then
    redis.call('HSET', KEYS[3], id, token .. ' ' .. attempts .. ' -')
    redis.call('ZADD', KEYS[5], now + ARGV[i + 3] / 1000, id)
  elseif ours and what == 'dead' then
    redis.call('ZADD', KEYS[6], now, id)
    redis.call('HSET', KEYS[7], id, ARGV[i + 3])
  elseif ours then
    redis.call('HSET', KEYS[3], id, token .. ' ' .. math.max(attempts - 1, 0) .. ' -')
    redis.call('RPUSH', KEYS[4], id)
  end
  answers[#answers + 1] = ours and 1 or 0
end
return answers
