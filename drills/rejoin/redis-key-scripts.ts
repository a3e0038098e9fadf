/**
 * What a Redis is asked about its keys in one go, by EVAL: of one database, by bytes. Names travel in hexadecimal digits and
 * contents as checksums, so what is no text is compared like everything else.
 */
const COMMON = `
redis.call('SELECT', ARGV[1])
local function hex(s) return (string.gsub(s, '.', function(c) return string.format('%02x', string.byte(c)) end)) end
local function raw(h) return (string.gsub(h, '..', function(x) return string.char(tonumber(x, 16)) end)) end`;

/** ARGV: database, cursor, how many. Gives the next cursor, then names. */
export const PAGE_OF_NAMES = `${COMMON}
local page = redis.call('SCAN', ARGV[2], 'COUNT', ARGV[3])
local answer = { page[1] }
for _, name in ipairs(page[2]) do answer[#answer + 1] = hex(name) end
return answer`;

/** ARGV: database, names. Gives 1 or 0 for each: whether it is there. */
export const EXISTING = `${COMMON}
local answer = {}
for at = 2, #ARGV do answer[#answer + 1] = redis.call('EXISTS', raw(ARGV[at])) end
return answer`;

/**
 * ARGV: database, most elements that are read, names. Gives type, size and a checksum of each content; of a larger one the
 * size only. Elements that have no order are put into one.
 */
export const DIGESTS = `${COMMON}
local SIZE = { string = 'STRLEN', list = 'LLEN', hash = 'HLEN', set = 'SCARD', zset = 'ZCARD', stream = 'XLEN' }
local function flat(v, into)
  if type(v) == 'table' then
    into[#into + 1] = '(' .. #v
    for _, one in ipairs(v) do flat(one, into) end
  else into[#into + 1] = #tostring(v) .. ':' .. tostring(v) end
  return into
end
local function sum(v) return redis.sha1hex(table.concat(flat(v, {}), ',')) end
local function unordered(items, step)
  local sums = {}
  for at = 1, #items, step do sums[#sums + 1] = sum({ items[at], step == 2 and items[at + 1] or '' }) end
  table.sort(sums)
  return sum(sums)
end
local READ = {
  string = function(k) return redis.sha1hex(redis.call('GET', k)) end,
  list = function(k) return sum(redis.call('LRANGE', k, 0, -1)) end,
  zset = function(k) return sum(redis.call('ZRANGE', k, 0, -1, 'WITHSCORES')) end,
  stream = function(k) return sum(redis.call('XRANGE', k, '-', '+')) end,
  set = function(k) return unordered(redis.call('SMEMBERS', k), 1) end,
  hash = function(k) return unordered(redis.call('HGETALL', k), 2) end,
}
local answer = {}
for at = 3, #ARGV do
  local k = raw(ARGV[at])
  local kind = redis.call('TYPE', k).ok
  local size = SIZE[kind] and redis.call(SIZE[kind], k) or 0
  local whole = READ[kind] and (kind == 'string' or size <= tonumber(ARGV[2]))
  answer[#answer + 1] = kind .. ' ' .. size .. ' ' .. (whole and READ[kind](k) or '-')
end
return answer`;
