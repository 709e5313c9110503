-- The jobs that are pending, the first due first: of each its id, when it is due, and its payload.
-- KEYS[1] schedule, KEYS[2] payloads; ARGV[1] how many at most, above 0
local answer = {}
local due = redis.call('ZRANGE', KEYS[1], 0, ARGV[1] - 1, 'WITHSCORES')
for i = 1, #due, 2 do
  answer[#answer + 1] = due[i]
  answer[#answer + 1] = due[i + 1]
  answer[#answer + 1] = redis.call('HGET', KEYS[2], due[i]) or ''
end
return answer
