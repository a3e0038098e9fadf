import { ErrorReply } from "@redis/client";

/** Error replies that Redis gives before it runs a write, by their first word. Source: Redis' shared error objects. */
const REFUSALS = new Set([
  "READONLY", // a replica
  "LOADING",
  "MASTERDOWN",
  "NOREPLICAS",
  "MISCONF",
  "OOM",
  "BUSY",
  "NOAUTH",
  "NOPERM",
  "WRONGTYPE",
  "CLUSTERDOWN",
  "MOVED",
  "TRYAGAIN",
]);

/** What an error that came back for a sent XADD says about that XADD; what is not listed is indeterminate. */
export function classifyRedisError(error: unknown): "r" | "i" {
  if (!(error instanceof ErrorReply)) return "i";
  return REFUSALS.has(error.message.split(" ", 1)[0] ?? "") ? "r" : "i";
}
