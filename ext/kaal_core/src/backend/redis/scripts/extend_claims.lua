-- Makes the leases of claims last anew.
-- KEYS[1] the open claims; ARGV[1] lease in milliseconds, ARGV[2] what for: 'open', 'renew' (those that are
-- open) or 'take over' (those whose lease has ended), the rest the claims
-- Answers an array: 1 where it was done, else 0.
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local answers = {}
for i = 3, #ARGV do
  local ends = redis.call('ZSCORE', KEYS[1], ARGV[i])
  local done = ARGV[2] == 'open' or ends and (ARGV[2] == 'renew' or tonumber(ends) <= now)
  if done then
    redis.call('ZADD', KEYS[1], now + ARGV[1] / 1000, ARGV[i])
  end
  answers[#answers + 1] = done and 1 or 0
end
return answers
