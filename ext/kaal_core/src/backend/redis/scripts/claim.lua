-- Claims one run: its lease and, unless it was dispatched before, its dispatch record. One that stays open
-- goes among the open claims, with the end of its lease in unix seconds.
-- KEYS[1] lock key, KEYS[2] record's key, and for one that stays open KEYS[3] the open claims
-- ARGV[1] token, ARGV[2] lease in milliseconds, ARGV[3] record, ARGV[4] its life in seconds, ARGV[5] the claim
-- Answers 1 when the run is the caller's to dispatch.
-- What Redis refuses undoes nothing of what came before, so that is done here: a lease without its record
-- would look like one that was won.
local holder = redis.call('GET', KEYS[1])
if holder == ARGV[1] then -- won by an attempt whose answer was lost
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
elseif holder or redis.call('EXISTS', KEYS[2]) == 1 then
  return 0
else
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  local kept = redis.pcall('SETEX', KEYS[2], ARGV[4], ARGV[3])
  if kept.err then
    redis.call('DEL', KEYS[1])
    return kept
  end
end
if KEYS[3] then
  local now = redis.call('TIME')
  local opened = redis.pcall('ZADD', KEYS[3], now[1] + now[2] / 1000000 + ARGV[2] / 1000, ARGV[5])
  if type(opened) == 'table' then -- an error
    if not holder then
      redis.call('DEL', KEYS[1])
      redis.call('DEL', KEYS[2])
    end
    return opened
  end
end
return 1
