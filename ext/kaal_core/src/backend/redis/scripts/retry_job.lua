-- Has a job that was given up tried again, at once.
-- KEYS[1] claims, KEYS[2] what was given up, KEYS[3] errors, KEYS[4] what is claimed; ARGV[1] claim
-- Answers 1 when there was one.
if redis.call('ZREM', KEYS[2], ARGV[1]) == 0 then return 0 end
redis.call('HDEL', KEYS[3], ARGV[1])
local rest = string.match(redis.call('HGET', KEYS[4], ARGV[1]) or '', '^%d+(:.*)$')
redis.call('HSET', KEYS[4], ARGV[1], '0' .. (rest or '::'))
local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], time[1] + time[2] / 1000000, ARGV[1])
return 1
