-- When the first job is due, in unix seconds, and in how many seconds the first lease ends; '' where there is none.
-- KEYS[1] schedule, KEYS[2] claims
local due = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
local ends = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
local time = redis.call('TIME')
local left = ends[2] and string.format('%.3f', ends[2] - time[1] - time[2] / 1000000)
return {due[2] or '', left or ''}
