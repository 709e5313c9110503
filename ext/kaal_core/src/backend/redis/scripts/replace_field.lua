-- Sets a hash field if it still holds what the caller read, so that two nodes that change one
-- definition at once do not undo each other, and counts the change.
-- KEYS[1] hash, KEYS[2] counter; ARGV[1] field, ARGV[2] new value, ARGV[3] old value (absent: there was none)
-- Answers 1 when it was set, else 0.
local now = redis.call('HGET', KEYS[1], ARGV[1])
if now ~= (ARGV[3] or false) then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('INCR', KEYS[2])
return 1
