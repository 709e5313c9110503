-- Moves delayed jobs that are due to the ready ones, the earliest first.
-- KEYS[1] delayed, KEYS[2] ready; ARGV[1] how many at most, no more than 1,000: they go through `unpack`
-- Answers how many, and in how many milliseconds the next one is due; -1: there is none.
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
if #due > 0 then
  redis.call('PERSIST', KEYS[1]) -- changes nothing: see take.lua
  redis.call('LPUSH', KEYS[2], unpack(due))
  redis.call('ZREM', KEYS[1], unpack(due))
end
local head = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
local wait = head[2] and math.max(0, math.ceil((tonumber(head[2]) - now) * 1000)) or -1
return {#due, wait}
