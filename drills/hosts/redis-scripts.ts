/**
 * What Redis is asked in one go by EVAL_RO, which changes nothing and also runs on a replica. Each script tells its answer
 * together with the offset at which it holds. Names and contents travel as hexadecimal digits or as checksums: what is not
 * UTF-8 is compared like everything else, and a large value stays where it is.
 */

/** The start of every script: the database, the offset, bytes to hexadecimal digits and back, a checksum of nested answers. */
const COMMON = `
redis.call('SELECT', ARGV[1])
local function hex(s) return (string.gsub(s, '.', function(c) return string.format('%02x', string.byte(c)) end)) end
local function raw(h) return (string.gsub(h, '..', function(x) return string.char(tonumber(x, 16)) end)) end
local function offset()
  local said = redis.call('INFO', 'replication')
  return string.match(said, 'slave_repl_offset:(%-?%d+)') or string.match(said, 'master_repl_offset:(%-?%d+)')
end
local function flat(v, into)
  if type(v) == 'table' then
    into[#into + 1] = '(' .. #v
    for _, one in ipairs(v) do flat(one, into) end
  elseif type(v) == 'boolean' then into[#into + 1] = '-'
  else into[#into + 1] = #tostring(v) .. ':' .. tostring(v) end
  return into
end
local function sum(v) return redis.sha1hex(table.concat(flat(v, {}), ',')) end
local SIZE = { string = 'STRLEN', list = 'LLEN', hash = 'HLEN', set = 'SCARD', zset = 'ZCARD', stream = 'XLEN' }
`;

/** ARGV: database, most keys, names drawn of a larger database. Gives names in hexadecimal: all, or as many as are drawn. */
export const NAMES = `${COMMON}
local all, seen, names = redis.call('DBSIZE') <= tonumber(ARGV[2]), {}, {}
local function add(name) if name and not seen[name] then seen[name] = true; names[#names + 1] = hex(name) end end
if all then
  local cursor = '0'
  repeat
    local page = redis.call('SCAN', cursor, 'COUNT', '1000')
    cursor = page[1]
    for _, name in ipairs(page[2]) do add(name) end
  until cursor == '0'
else
  for _ = 1, tonumber(ARGV[3]) do add(redis.call('RANDOMKEY')) end
end
return names`;

/**
 * ARGV: database, most bytes and elements of a value that is read whole, names. Gives the offset, then for each name
 * `type size expiry checksum`; the checksum of a larger value is `large`. Elements that have no order are put into one.
 */
export const VALUES = `${COMMON}
local function unordered(items, step)
  local sums = {}
  for at = 1, #items, step do sums[#sums + 1] = sum({ items[at], step == 2 and items[at + 1] or '' }) end
  table.sort(sums)
  return sum(sums)
end
local READ = {
  string = function(k) return sum(redis.call('GET', k)) end,
  list = function(k) return sum(redis.call('LRANGE', k, 0, -1)) end,
  zset = function(k) return sum(redis.call('ZRANGE', k, 0, -1, 'WITHSCORES')) end,
  stream = function(k) return sum(redis.call('XRANGE', k, '-', '+')) end,
  set = function(k) return unordered(redis.call('SMEMBERS', k), 1) end,
  hash = function(k) return unordered(redis.call('HGETALL', k), 2) end,
}
local answer = { offset() }
for at = 4, #ARGV do
  local k = raw(ARGV[at])
  local kind = redis.call('TYPE', k).ok
  local size = SIZE[kind] and redis.call(SIZE[kind], k) or 0
  local said = '-'
  if READ[kind] then
    local bytes = kind == 'string' and size or (redis.call('MEMORY', 'USAGE', k) or 0)
    local large = bytes > tonumber(ARGV[2]) or (kind ~= 'string' and size > tonumber(ARGV[3]))
    said = large and 'large' or READ[kind](k)
  end
  answer[#answer + 1] = kind .. ' ' .. size .. ' ' .. redis.call('PEXPIRETIME', k) .. ' ' .. said
end
return answer`;

/** ARGV: database, name, how many. Gives random elements of a hash or a set, in hexadecimal. */
export const ELEMENTS = `${COMMON}
local k = raw(ARGV[2])
local found = {}
local verb = redis.call('TYPE', k).ok == 'hash' and 'HRANDFIELD' or 'SRANDMEMBER'
for _, one in ipairs(redis.call(verb, k, ARGV[3])) do found[#found + 1] = hex(one) end
return found`;

/**
 * ARGV: database, name, then the first and last byte or element of a part, or elements in hexadecimal. Gives the offset,
 * and `type size checksum` of that part of a large value.
 */
export const PART = `${COMMON}
local k = raw(ARGV[2])
local kind = redis.call('TYPE', k).ok
local first, last = ARGV[3], ARGV[4]
local said = '-'
if kind == 'string' then said = redis.sha1hex(redis.call('GETRANGE', k, first, last))
elseif kind == 'list' then said = sum(redis.call('LRANGE', k, first, last))
elseif kind == 'zset' then said = sum(redis.call('ZRANGE', k, first, last, 'WITHSCORES'))
elseif kind == 'stream' then
  local count = tonumber(last) - tonumber(first) + 1
  said = sum({ redis.call('XRANGE', k, '-', '+', 'COUNT', count), redis.call('XREVRANGE', k, '+', '-', 'COUNT', count) })
elseif kind == 'hash' or kind == 'set' then
  local names = {}
  for at = 3, #ARGV do names[#names + 1] = raw(ARGV[at]) end
  if #names > 0 then said = sum(redis.call(kind == 'hash' and 'HMGET' or 'SMISMEMBER', k, unpack(names))) end
end
return { offset(), kind .. ' ' .. (SIZE[kind] and redis.call(SIZE[kind], k) or 0) .. ' ' .. said }`;
