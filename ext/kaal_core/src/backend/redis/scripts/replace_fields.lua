-- Sets hash fields, each if it still holds what the caller read, so that two nodes that change one
-- definition at once do not undo each other, and counts that something has changed.
-- KEYS[1] hash, KEYS[2] counter; ARGV for each field: its name, '1' if it held something, what, the new value
-- Answers an array: 1 where it was set, else 0.
local answers, changed = {}, false
for i = 1, #ARGV, 4 do
  local before = ARGV[i + 1] == '1' and ARGV[i + 2]
  local same = redis.call('HGET', KEYS[1], ARGV[i]) == before
  if same then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 3])
    changed = true
  end
  answers[#answers + 1] = same and 1 or 0
end
if changed then
  redis.call('INCR', KEYS[2])
end
return answers
