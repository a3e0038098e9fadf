/** Start of a script for Redis: it chooses the database ARGV[1]; `hex` and `raw` turn bytes into hexadecimal digits and back. */
export const IN_DATABASE = `
redis.call('SELECT', ARGV[1])
local function hex(s) return (string.gsub(s, '.', function(c) return string.format('%02x', string.byte(c)) end)) end
local function raw(h) return (string.gsub(h, '..', function(x) return string.char(tonumber(x, 16)) end)) end
`;

/** More of a script: the command that tells a value's size, by its type, and `sum`, the checksum of an answer, nested or not. */
export const SUMS = `
local SIZE = { string = 'STRLEN', list = 'LLEN', hash = 'HLEN', set = 'SCARD', zset = 'ZCARD', stream = 'XLEN' }
local function flat(v, into)
  if type(v) == 'table' then
    into[#into + 1] = '(' .. #v
    for _, one in ipairs(v) do flat(one, into) end
  elseif type(v) == 'boolean' then into[#into + 1] = '-'
  else into[#into + 1] = #tostring(v) .. ':' .. tostring(v) end
  return into
end
local function sum(v) return redis.sha1hex(table.concat(flat(v, {}), ',')) end
`;

/** More of a script, after `SUMS`: the checksum of a whole value, by its type. Elements that have no order are put into one. */
export const WHOLE_VALUES = `
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
`;
