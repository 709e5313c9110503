-- The jobs that were given up, the last first: of each the claim, what was claimed, why and when.
-- KEYS[1] what was given up, KEYS[2] errors, KEYS[3] what is claimed; ARGV[1] how many at most, above 0
local answer = {}
local failed = redis.call('ZREVRANGE', KEYS[1], 0, ARGV[1] - 1, 'WITHSCORES')
for i = 1, #failed, 2 do
  answer[#answer + 1] = failed[i]
  answer[#answer + 1] = redis.call('HGET', KEYS[3], failed[i]) or ''
  answer[#answer + 1] = redis.call('HGET', KEYS[2], failed[i]) or ''
  answer[#answer + 1] = failed[i + 1]
end
return answer
