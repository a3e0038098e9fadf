import { z } from "zod";
import { EVENTS_STREAM, PRUNED } from "../../settings/names";
import { bounded } from "../hosts/bounded";
import { type FoundEvents, packFound, PRUNED_MEANWHILE } from "./postgres-read-back";
import type { RedisAddress, RedisLogin } from "./options";
import { connectProbe, type ProbeClient } from "./redis-connection";

const READ_BACK_MS = 20_000;
const PAGE_ENTRIES = 1000;

const page = z.array(z.tuple([z.string().regex(/^\d+-\d+$/), z.array(z.string())]));
const roleReply = z.tuple([z.string()], z.unknown());

/** The event number of a stream entry's fields, when the entry is one of `run`'s. */
export function seqOf(fields: readonly string[], run: string): number | undefined {
  const value = (name: string): string | undefined => {
    const at = fields.findIndex((field, index) => index % 2 === 0 && field === name);
    return at < 0 ? undefined : fields[at + 1];
  };
  return value("run") === run ? Number(value("seq")) : undefined;
}

/**
 * Reads a run's events from the journal stream of the new primary, in pages.
 * @param sinceMs Redis time, as stream ids carry it, before which the run cannot have written
 * @throws Error when it does not answer within 20 s, or is a replica: a standby proves nothing; or when the journal was
 * pruned meanwhile
 */
export async function readBackRedis(
  at: RedisAddress,
  login: RedisLogin,
  { run, sinceMs }: { run: string; sinceMs: number },
): Promise<FoundEvents> {
  let current = undefined as ProbeClient | undefined;
  const read = async (): Promise<FoundEvents> => {
    const client = await connectProbe(at, login, (opened) => (current = opened));
    const [role] = roleReply.parse(await client.sendCommand(["ROLE"]));
    if (role !== "master") throw new Error(`the server's role is "${role}", not "master"`);
    const seqs: number[] = [];
    let from = `${Math.max(0, Math.floor(sinceMs))}-0`;
    for (;;) {
      const reply = await client.sendCommand(["XRANGE", EVENTS_STREAM, from, "+", "COUNT", String(PAGE_ENTRIES)]);
      const entries = page.parse(reply);
      for (const [, fields] of entries) {
        const seq = seqOf(fields, run);
        if (seq !== undefined) seqs.push(seq);
      }
      const last = entries.at(-1);
      if (last === undefined || entries.length < PAGE_ENTRIES) break;
      from = `(${last[0]}`;
    }
    const pruned: unknown = await client.sendCommand(["GET", PRUNED]);
    if (Number(pruned) > sinceMs) throw new Error(PRUNED_MEANWHILE);
    return packFound(seqs);
  };
  try {
    return await bounded(`read-back from ${at.host}:${at.port}`, READ_BACK_MS, read());
  } finally {
    if (current?.isOpen) current.destroy();
  }
}
