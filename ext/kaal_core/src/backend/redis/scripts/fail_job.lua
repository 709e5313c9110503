-- Gives a claimed job up.
-- KEYS[1] claims, KEYS[2] what was given up, KEYS[3] errors, KEYS[4] what is claimed
-- ARGV[1] claim, ARGV[2] why, ARGV[3] how often it was called
if redis.call('ZREM', KEYS[1], ARGV[1]) == 1 then
  local time = redis.call('TIME')
  redis.call('ZADD', KEYS[2], time[1] + time[2] / 1000000, ARGV[1])
  redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
  local rest = string.match(redis.call('HGET', KEYS[4], ARGV[1]) or '', '^%d+(:.*)$')
  redis.call('HSET', KEYS[4], ARGV[1], ARGV[3] .. (rest or '::'))
end
return 1
