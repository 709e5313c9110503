-- How many jobs are pending, claimed and given up: KEYS[1], KEYS[2] and KEYS[3].
return {redis.call('ZCARD', KEYS[1]), redis.call('ZCARD', KEYS[2]), redis.call('ZCARD', KEYS[3])}
