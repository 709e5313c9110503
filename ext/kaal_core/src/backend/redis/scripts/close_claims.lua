-- Closes claims. KEYS[1] the open claims; ARGV the claims. Answers how many were open.
local closed = 0
for i = 1, #ARGV do
  closed = closed + redis.call('ZREM', KEYS[1], ARGV[i])
end
return closed
