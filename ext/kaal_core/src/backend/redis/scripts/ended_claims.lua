-- The open claims whose lease has ended, longest ago first.
-- KEYS[1] the open claims; ARGV[1] how many to skip, ARGV[2] how many at most
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', ARGV[1], ARGV[2])
