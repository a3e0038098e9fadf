import { bounded } from "../../drills/hosts/bounded";
import { connectEngine } from "../../drills/hosts/engine";
import { readFollowRecord } from "../../drills/hosts/follow-record";
import type { FollowRecord } from "../../drills/hosts/follow-record-text";
import type { NamedHost } from "../../settings/pair";
import { STORE_NAMES, type StoreName } from "../../settings/services";

/** Right after an exchange of the roles the record is a turn or two behind. */
const SETTLED_SECONDS = 10;

/** A record that was not written for this long is not kept any more. */
const KEPT_SECONDS = 60;

const READ_MS = 8000;

/** What the record of one store says: undefined where it could not be asked, null where there is none. */
export type Following = FollowRecord | null | undefined;

/** Since when nothing protects the pair, and why, in words; undefined while all is well, and where nobody noted anything. */
export function unprotectedWords(record: Following): string | undefined {
  if (record === null || record === undefined) return undefined;
  const { turn, reason, since } = record;
  // By its own clock a recorder that is at work was there a moment ago.
  if (turn === null || turn.ageSeconds > KEPT_SECONDS) {
    return `whether it is protected is not recorded any more since ${turn === null ? "an unknown moment" : clock(turn.at)}`;
  }
  if (reason === "streaming" || (since !== null && since.ageSeconds < SETTLED_SECONDS)) return undefined;
  return `unprotected since ${since === null ? "an unknown moment" : clock(since.at)}: ${reason}`;
}

/** Reads both stores' records of a host; changes nothing, never throws. */
export async function readFollowings(host: NamedHost): Promise<Readonly<Record<StoreName, Following>>> {
  const engine = connectEngine(host);
  try {
    const [timescaledb, redis] = await Promise.all(
      STORE_NAMES.map((store) =>
        bounded(`${host.name}: ${store}`, READ_MS, readFollowRecord(engine.docker, store)).catch(() => undefined),
      ),
    );
    return { timescaledb, redis };
  } finally {
    engine.close();
  }
}

function clock(at: string): string {
  return at.replace(/\.\d+Z$/, "Z");
}
