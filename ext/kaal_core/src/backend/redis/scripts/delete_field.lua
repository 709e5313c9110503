-- Deletes a hash field and counts the change.
-- KEYS[1] hash, KEYS[2] counter; ARGV[1] field
-- Answers 1 when there was one, else 0.
local deleted = redis.call('HDEL', KEYS[1], ARGV[1])
if deleted == 1 then
  redis.call('INCR', KEYS[2])
end
return deleted
