-- Notes that a server lives.
-- KEYS[1] its heartbeat, KEYS[2] servers; ARGV[1] the server, ARGV[2] the heartbeat, ARGV[3] its life in milliseconds
redis.call('PERSIST', KEYS[2]) -- changes nothing: see take.lua
redis.call('SADD', KEYS[2], ARGV[1])
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
