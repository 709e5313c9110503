-- Makes the leases of claimed jobs last anew, and notes how often these were called.
-- KEYS[1] claims, KEYS[2] what is claimed; ARGV[1] lease in milliseconds, ARGV[2] how often or nothing, the rest the
-- claims
-- Answers an array: 1 for a claim that there is, else 0.
local time = redis.call('TIME')
local ends = time[1] + time[2] / 1000000 + ARGV[1] / 1000
local answers = {}
for i = 3, #ARGV do
  local there = redis.call('ZSCORE', KEYS[1], ARGV[i])
  if there then
    redis.call('ZADD', KEYS[1], ends, ARGV[i])
  end
  if there and ARGV[2] ~= '' then
    local rest = string.match(redis.call('HGET', KEYS[2], ARGV[i]) or '', '^%d+(:.*)$')
    redis.call('HSET', KEYS[2], ARGV[i], ARGV[2] .. (rest or '::'))
  end
  answers[#answers + 1] = there and 1 or 0
end
return answers
