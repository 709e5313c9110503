-- Releases a lease if it is still the caller's.
-- KEYS[1] lock key; ARGV[1] token. Answers 1 when it was released, else 0.
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
