-- Writes down what became of jobs that a server has taken, each if the server still has it under that token.
-- KEYS[1] pending, KEYS[2] payloads, KEYS[3] leases, KEYS[4] ready, KEYS[5] delayed, KEYS[6] dead, KEYS[7] reasons
-- ARGV for each job: its id, the token, what: 'done', 'retry' (after so many milliseconds), 'dead' (for
-- this reason) or 'back' (it was not begun, or not its fault), and that number or reason
-- Answers an array: 1 where it was done, else 0.
local ids, done, answers = {}, {}, {}
for i = 1, #ARGV, 4 do
  ids[#ids + 1] = ARGV[i]
end
local leases = redis.call('HMGET', KEYS[3], unpack(ids))

local function now()
  local time = redis.call('TIME')
  return time[1] + time[2] / 1000000
end

-- Its token and attempts, where the server still has it.
local function leave(i)
  local token, attempts = string.match(leases[i] or '', '^(%d+) (%d+) ')
  local ours = ARGV[4 * i - 2] == token and redis.call('LREM', KEYS[1], 0, ids[i]) > 0
  answers[i] = ours and 1 or 0
  if ours then
    return token, attempts
  end
end

for i, id in ipairs(ids) do
  if ARGV[4 * i - 1] == 'done' and leave(i) then
    done[#done + 1] = id
  end
end
if #done > 0 then
  redis.call('HDEL', KEYS[2], unpack(done))
  redis.call('HDEL', KEYS[3], unpack(done))
end
-- Where it goes. Looked at before it leaves: this fails where the key is of another kind, and then it stays.
local place = {retry = {'ZCARD', KEYS[5]}, dead = {'ZCARD', KEYS[6]}, back = {'LLEN', KEYS[4]}}
for i, id in ipairs(ids) do
  local what, detail = ARGV[4 * i - 1], ARGV[4 * i]
  local token, attempts
  if what ~= 'done' then
    redis.call(unpack(place[what]))
    token, attempts = leave(i)
  end
  if not token then -- it is done, or another's
  elseif what == 'retry' then
    redis.call('HSET', KEYS[3], id, token .. ' ' .. attempts .. ' -')
    redis.call('ZADD', KEYS[5], now() + detail / 1000, id)
  elseif what == 'dead' then
    redis.call('ZADD', KEYS[6], now(), id)
    redis.call('HSET', KEYS[7], id, detail)
  else
    redis.call('HSET', KEYS[3], id, token .. ' ' .. math.max(attempts - 1, 0) .. ' -')
    redis.call('RPUSH', KEYS[4], id)
  end
end
return answers
