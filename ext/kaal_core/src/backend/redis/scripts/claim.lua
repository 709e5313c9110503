-- Claims one run: its lease and, unless it was dispatched before, its dispatch record.
-- KEYS[1] lock key, KEYS[2] record's key
-- ARGV[1] token, ARGV[2] lease in milliseconds, ARGV[3] record, ARGV[4] its life in seconds
-- Answers 1 when the run is the caller's to dispatch.
local holder = redis.call('GET', KEYS[1])
if holder == ARGV[1] then -- won by an attempt whose answer was lost
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return 1
end
if holder or redis.call('EXISTS', KEYS[2]) == 1 then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SETEX', KEYS[2], ARGV[4], ARGV[3])
return 1
