-- Forgets leases of jobs that are nowhere any more. KEYS[1] leases, KEYS[2] payloads, KEYS[3] dead; ARGV the ids
for i = 1, #ARGV do
  if redis.call('HEXISTS', KEYS[2], ARGV[i]) == 0 and not redis.call('ZSCORE', KEYS[3], ARGV[i]) then
    redis.call('HDEL', KEYS[1], ARGV[i])
  end
end
