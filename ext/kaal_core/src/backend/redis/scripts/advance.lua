-- Makes runs the last ones of their jobs, unless those have run then or later.
-- KEYS[1] hash of '<unix seconds> <holder>' by cron key; ARGV[1] holder, the rest cron keys and unix seconds
-- Answers an array: 1 where it was done, by an earlier try of the holder if not by this one, else 0.
local answers = {}
for i = 2, #ARGV, 2 do
  local last = redis.call('HGET', KEYS[1], ARGV[i])
  local wanted = ARGV[i + 1] .. ' ' .. ARGV[1]
  local done = last == wanted
  if not last or tonumber(string.match(last, '^%-?%d+')) < tonumber(ARGV[i + 1]) then
    redis.call('HSET', KEYS[1], ARGV[i], wanted)
    done = true
  end
  answers[#answers + 1] = done and 1 or 0
end
return answers
