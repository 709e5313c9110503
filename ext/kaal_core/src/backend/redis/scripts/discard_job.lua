-- Forgets a job that was given up.
-- KEYS[1] what was given up, KEYS[2] errors, KEYS[3] what is claimed; ARGV[1] claim
-- Answers 1 when there was one.
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
return 1
