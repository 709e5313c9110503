-- Moves the next run of each job whose time has come, as Allora does in a transaction a job.
-- KEYS[1] the last poll, KEYS[2] list of what the poller has taken, the rest the next runs of the jobs
-- ARGV[1] now, ARGV[2] how many seconds a moved next run is kept or '', ARGV[3] what becomes of jobs that have
-- none: 'tell', 'set', or how many seconds nobody may have polled for the jobs to be reset, ARGV[4] the poller's
-- turn; then of each job when it runs next after now, and with 'set' of each its next run
-- Answers the last poll or false, 1 where the jobs were reset, the places (from 0 on) of those that were taken
-- and of those that have no next run; where there are such, nothing else was done. Times are unix seconds.
-- The list begins with a turn: one that asks again in the same turn has not heard what it took, and hears it now.
local now = tonumber(ARGV[1])
local last_run = redis.call('GET', KEYS[1])

local first = 3
local jobs = #KEYS - 2
local patience = tonumber(ARGV[3])
local reset = patience and not (last_run and tonumber(last_run) and now - tonumber(last_run) < patience)
local most = 4000 -- A call takes so many arguments at most.
local kept_s = 86400

-- Calls `act(from, to)` for stretches of a range.
local function in_stretches(from, to, act)
  while from <= to do
    local last = math.min(from + most - 1, to)
    act(from, last)
    from = last + 1
  end
end

local values = {}
in_stretches(first, #KEYS, function(from, to)
  if reset then
    redis.call('DEL', unpack(KEYS, from, to))
  end
  local some = redis.call('MGET', unpack(KEYS, from, to))
  for i = 1, #some do
    values[from - first + i] = some[i]
  end
end)

local absent = {}
for i = 1, jobs do
  if not values[i] then
    absent[#absent + 1] = i - 1
  end
end
if #absent > 0 and ARGV[3] ~= 'set' then
  return {last_run, reset and 1 or 0, {}, absent}
end

redis.call('SET', KEYS[1], ARGV[1])
for _, place in ipairs(absent) do
  local value = ARGV[5 + jobs + place]
  redis.call('SET', KEYS[first + place], value)
  values[place + 1] = value
end

local due = {}
for i = 1, jobs do
  if (tonumber(values[i]) or 0) <= now then
    due[#due + 1] = i - 1
  end
end

local is_taken = {}
local unheard = redis.call('LINDEX', KEYS[2], 0) == ARGV[4]
if unheard then
  local named = {}
  for _, key in ipairs(redis.call('LRANGE', KEYS[2], 1, -1)) do
    named[key] = true
  end
  for place = 0, jobs - 1 do
    is_taken[place] = named[KEYS[first + place]]
  end
elseif #due > 0 then
  redis.call('DEL', KEYS[2])
  redis.call('RPUSH', KEYS[2], ARGV[4])
end

local names = {}
for _, place in ipairs(due) do
  if not is_taken[place] then
    names[#names + 1] = KEYS[first + place]
    is_taken[place] = true
  end
end
in_stretches(1, #names, function(from, to)
  redis.call('RPUSH', KEYS[2], unpack(names, from, to))
end)
if #due > 0 then
  redis.call('EXPIRE', KEYS[2], kept_s)
end

for _, place in ipairs(due) do
  local key, next_run = KEYS[first + place], ARGV[5 + place]
  if ARGV[2] == '' then
    redis.call('SET', key, next_run)
  else
    redis.call('SET', key, next_run, 'EX', ARGV[2])
  end
end

local taken = {}
for place = 0, jobs - 1 do
  if is_taken[place] then
    taken[#taken + 1] = place
  end
end
return {last_run, reset and 1 or 0, taken, {}}
