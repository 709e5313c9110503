-- Deletes dead jobs. KEYS[1] dead, KEYS[2] reasons, KEYS[3] leases, KEYS[4] payloads; ARGV the ids. Answers how many.
local discarded = 0
for i = 1, #ARGV do
  if redis.call('ZREM', KEYS[1], ARGV[i]) == 1 then
    for key = 2, 4 do
      redis.call('HDEL', KEYS[key], ARGV[i])
    end
    discarded = discarded + 1
  end
end
return discarded
