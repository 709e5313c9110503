-- Puts the jobs of a server that is gone back among the ready ones, and may forget the server when it has none left.
-- KEYS[1] its heartbeat, KEYS[2] its pending jobs, KEYS[3] ready, KEYS[4] servers
-- ARGV[1] the server, ARGV[2] how many at most, ARGV[3] '1': forget it
-- Answers how many, -1 where it lives.
if redis.call('EXISTS', KEYS[1]) == 1 then
  return -1
end
redis.call('PERSIST', KEYS[2]) -- changes nothing: see take.lua
local moved, most = 0, tonumber(ARGV[2])
while moved < most and redis.call('RPOPLPUSH', KEYS[2], KEYS[3]) do
  moved = moved + 1
end
if moved < most and ARGV[3] == '1' then
  redis.call('SREM', KEYS[4], ARGV[1])
end
return moved
