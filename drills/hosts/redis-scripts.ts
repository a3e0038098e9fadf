import { IN_DATABASE, SUMS, WHOLE_VALUES } from "./redis-lua";

/**
 * What Redis is asked in one go by EVAL_RO, which changes nothing and also runs on a replica. Each script tells its answer
 * together with the offset at which it holds. Names and contents travel as hexadecimal digits or as checksums: what is not
 * UTF-8 is compared like everything else, and a large value stays where it is.
 */

/** The start of every script. */
const COMMON = `${IN_DATABASE}${SUMS}
local function offset()
  local said = redis.call('INFO', 'replication')
  return string.match(said, 'slave_repl_offset:(%-?%d+)') or string.match(said, 'master_repl_offset:(%-?%d+)')
end
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
 * `type size expiry checksum`; the checksum of a larger value is `large`.
 */
export const VALUES = `${COMMON}${WHOLE_VALUES}
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
