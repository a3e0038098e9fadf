import { FRESH_MS } from "../settings/agent-config";
import type { Asked, ServerSight } from "./sight";

/** What was seen, unless it is too old to be known still: then null, as if it had never been seen. */
export function fresh<Seen extends { readonly atMs: number }>(seen: Seen | null, nowMs: number): Seen | null {
  return seen !== null && nowMs - seen.atMs <= FRESH_MS ? seen : null;
}

/** What a server said of itself; null when it said nothing, or that is too old. */
export function said<Sight extends ServerSight>(asked: Asked<Sight> | null, nowMs: number): Sight | null {
  const known = fresh(asked, nowMs);
  return known?.kind === "said" ? known.sight : null;
}
