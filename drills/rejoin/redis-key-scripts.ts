import { IN_DATABASE, SUMS, WHOLE_VALUES } from "../hosts/redis-lua";

/**
 * What a Redis is asked about its keys in one go, by EVAL: of one database, by bytes. Names travel in hexadecimal digits and
 * contents as checksums, so what is no text is compared like everything else.
 */

/** ARGV: database, cursor, how many. Gives the next cursor, then names. */
export const PAGE_OF_NAMES = `${IN_DATABASE}
local page = redis.call('SCAN', ARGV[2], 'COUNT', ARGV[3])
local answer = { page[1] }
for _, name in ipairs(page[2]) do answer[#answer + 1] = hex(name) end
return answer`;

/** ARGV: database, names. Gives 1 or 0 for each: whether it is there. */
export const EXISTING = `${IN_DATABASE}
local answer = {}
for at = 2, #ARGV do answer[#answer + 1] = redis.call('EXISTS', raw(ARGV[at])) end
return answer`;

/**
 * ARGV: database, most elements that are read, names. Gives type, size and a checksum of each content; of a larger one the
 * size only.
 */
export const DIGESTS = `${IN_DATABASE}${SUMS}${WHOLE_VALUES}
local answer = {}
for at = 3, #ARGV do
  local k = raw(ARGV[at])
  local kind = redis.call('TYPE', k).ok
  local size = SIZE[kind] and redis.call(SIZE[kind], k) or 0
  local whole = READ[kind] and (kind == 'string' or size <= tonumber(ARGV[2]))
  answer[#answer + 1] = kind .. ' ' .. size .. ' ' .. (whole and READ[kind](k) or '-')
end
return answer`;
