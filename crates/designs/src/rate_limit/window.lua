-- A fixed window, in whole micro-tokens: a request takes 1,000,000 of them.
-- KEYS[1]  the user's hash, such as rl:{17}
-- ARGV     limit, micro-tokens; length of a window, µs; cost of a request,
--          micro-tokens; how many requests
local limit, length = tonumber(ARGV[1]), tonumber(ARGV[2])
local cost, want = tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local start = now - now % length
local stored = redis.call('HMGET', KEYS[1], 'start', 'used')
local used = tonumber(stored[2]) or 0
if tonumber(stored[1]) ~= start then
  used = 0
end
local granted = math.min(want, math.floor((limit - used) / cost))
used = used + granted * cost
redis.call('HSET', KEYS[1], 'start', start, 'used', used)
redis.call('PEXPIRE', KEYS[1], math.ceil(length / 1000) + 1000)
return {granted, limit - used}
