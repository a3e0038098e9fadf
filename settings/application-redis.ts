import { z } from "zod";
import { REDIS_ADMIN_COMMANDS, REDIS_CATEGORIES, REDIS_COMMANDS } from "./redis-commands";

/** Printable, and without what would end a word of an ACL's line. */
const PATTERN = /^[!-~]{1,512}$/;

/** The commands of an application that says nothing of them. */
const USUAL_COMMANDS = ["@all", "-@dangerous"];

const pattern = z
  .string()
  .regex(PATTERN, "a pattern as Redis has them, such as shop:*, in printable ASCII without spaces")
  .refine((text) => !/^understudy:/i.test(text), "keys of its own: those that begin with understudy: are the pair's");

/** Why a word on commands is none; undefined when it is one. */
function whyNotCommand(word: string): string | undefined {
  const [, sign, category, name = ""] = /^([+-]?)(@?)([a-z][a-z0-9_-]*(?:\|[a-z-]+)?)$/.exec(word) ?? [];
  if (sign === undefined || !(category === "@" ? REDIS_CATEGORIES : REDIS_COMMANDS).has(name))
    return "a command of Redis 7.0 in lower case, such as get or config|get, or a category, such as @read, with + or - before it";
  if (sign !== "-" && (category === "@" ? name === "admin" : steers(name)))
    return "another one: what steers the server is not an application's";
  return undefined;
}

/** ROLE is how a client finds the primary, and everybody gets it. */
function steers(name: string): boolean {
  if (name === "role") return false;
  return REDIS_ADMIN_COMMANDS.has(name) || [...REDIS_ADMIN_COMMANDS].some((one) => one.startsWith(`${name}|`));
}

const command = z.string().superRefine((word, context) => {
  const message = whyNotCommand(word);
  if (message !== undefined) context.addIssue({ code: "custom", message });
});

/** Patterns; Redis takes none beside `*`, and does not start with a file that has one. */
const patterns = z
  .array(pattern)
  .refine((all) => !all.includes("*") || all.length === 1, "* alone, which is everything, or others")
  .default([]);

/** What an application may do in Redis. */
export const redisAccessSchema = z
  .strictObject({
    keys: patterns.describe("patterns of the keys that it may read and write, such as `shop:*`"),
    read_keys: patterns.describe("patterns of further keys that it may read"),
    channels: patterns.describe("patterns of the channels that it may publish in and listen to"),
    commands: z
      .array(command)
      .min(1)
      .default(USUAL_COMMANDS)
      .describe(
        "commands and categories, each allowed, or forbidden with `-` before it, the last word counts; none that steers the server, and `role` always",
      ),
  })
  .superRefine(({ keys, read_keys: further }, context) => {
    if (keys.includes("*") && further.length > 0)
      context.addIssue({ code: "custom", path: ["read_keys"], message: "none beside keys that are everything" });
  });

/** What an application may do in Redis, every default filled in. */
export type RedisAccess = z.infer<typeof redisAccessSchema>;
