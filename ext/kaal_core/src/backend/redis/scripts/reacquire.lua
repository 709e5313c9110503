-- Acquires a lease anew after an attempt whose answer was lost: a lease that carries the
-- attempt's token was won by it.
-- KEYS[1] lock key; ARGV[1] token, ARGV[2] milliseconds. Answers 1 when it is the caller's.
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
