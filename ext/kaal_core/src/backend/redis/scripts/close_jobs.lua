-- Forgets jobs that are claimed, not those that were given up.
-- KEYS[1] claims, KEYS[2] what is claimed; ARGV the claims
for i = 1, #ARGV do
  if redis.call('ZREM', KEYS[1], ARGV[i]) == 1 then
    redis.call('HDEL', KEYS[2], ARGV[i])
  end
end
return 1
