-- Adds a delayed job unless one of that id is pending.
-- KEYS[1] payloads, KEYS[2] schedule; ARGV[1] job id, ARGV[2] when it is due, ARGV[3] payload
-- Answers 1 when it is there, also when it is this very one: its answer was lost.
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[3]) == 0 and redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[3] then
  return 0
end
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
return 1
