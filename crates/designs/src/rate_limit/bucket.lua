-- A token bucket, in whole micro-tokens: a token is 1,000,000 of them.
-- KEYS[1]  the user's hash, such as rl:{17}
-- ARGV     capacity, micro-tokens; rate, tokens a second; cost of a request,
--          micro-tokens; how many requests; the caller's clock, µs, or '' for
--          Redis' own; 'max' where time must not run back
local full, rate = tonumber(ARGV[1]), tonumber(ARGV[2])
local cost, want = tonumber(ARGV[3]), tonumber(ARGV[4])
local now = tonumber(ARGV[5])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000000 + tonumber(time[2])
end
local stored = redis.call('HMGET', KEYS[1], 'tok', 'ts')
local tok = tonumber(stored[1]) or full
local ts = tonumber(stored[2]) or now
tok = math.min(full, tok + math.max(0, now - ts) * rate)
if ARGV[6] == 'max' then
  now = math.max(ts, now)
end
local granted = math.min(want, math.floor(tok / cost))
tok = tok - granted * cost
redis.call('HSET', KEYS[1], 'tok', tok, 'ts', now)
if rate > 0 then
  redis.call('PEXPIRE', KEYS[1], math.ceil(full / rate / 1000) + 1000)
end
return {granted, tok}
