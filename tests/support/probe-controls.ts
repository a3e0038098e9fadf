import type { ProbeEvidence } from "../../evidence/document";
import { startProbe } from "../../drills/probe/probe";
import type { ProbeEndpoint, ProbeOptions } from "../../drills/probe/options";
import { connectRedis, type RedisSession } from "../../drills/hosts/redis";
import type { PostgresSession } from "../../drills/hosts/postgres";
import { EVENTS_STREAM, EVENTS_TABLE } from "../../settings/names";
import { viewFrom } from "../../settings/pair";
import { labEnvironment } from "./lab-stacks";
import { openSuperuser } from "./superuser";

type Credentials = ProbeOptions["credentials"];

/** What a control did behind the probe's back, in events, and what the probe then reported. */
export interface ProbeControl {
  readonly evidence: ProbeEvidence;
  readonly tampered: { readonly timescaledb: number; readonly redis: number };
}

/** Sessions on the two primaries, apart from the probe's own. */
interface Backdoor {
  readonly run: string;
  readonly postgres: PostgresSession;
  readonly redis: RedisSession;
}

interface Primaries {
  readonly postgres: PostgresSession;
  readonly redis: RedisSession;
  readonly readFrom: { timescaledb: string; redis: string };
}

async function findPrimaries(endpoints: readonly ProbeEndpoint[], credentials: Credentials): Promise<Primaries> {
  let postgres: { client: PostgresSession; name: string } | undefined;
  let redis: { session: RedisSession; name: string } | undefined;
  for (const endpoint of endpoints) {
    // What is done behind the probe's back is nobody's right but the superuser's.
    const client = await openSuperuser(viewFrom(labEnvironment(), endpoint.name).self);
    const { rows } = await client.query<{ standby: boolean }>("SELECT pg_is_in_recovery() AS standby");
    if (rows[0]?.standby === false) postgres = { client, name: endpoint.name };
    else await client.end();
    const { host: address, port, tls } = endpoint.redis;
    // `default`, who may do everything: the probe's own user may not tamper.
    const password = credentials.redisBefore ?? credentials.redis;
    const session = await connectRedis({
      address,
      port,
      password,
      tls: tls === true ? credentials.redisTls : undefined,
    });
    const [role] = (await session.command("ROLE")) as [string];
    if (role === "master") redis = { session, name: endpoint.name };
    else session.close();
  }
  if (postgres === undefined || redis === undefined) throw new Error("the pair has no primary of each store");
  const readFrom = { timescaledb: postgres.name, redis: redis.name };
  return { postgres: postgres.client, redis: redis.session, readFrom };
}

/** Runs the probe on a healthy pair, tampers with what it wrote, and lets it read back. */
async function runControl(
  endpoints: readonly ProbeEndpoint[],
  credentials: Credentials,
  tamper: (backdoor: Backdoor) => Promise<ProbeControl["tampered"]>,
): Promise<ProbeControl> {
  const { postgres, redis, readFrom } = await findPrimaries(endpoints, credentials);
  const originNs = String(process.hrtime.bigint());
  const run = `control-${originNs}`;
  const probe = await startProbe({ drillId: run, endpoints: [...endpoints], credentials, originNs });
  try {
    await probe.ready;
    const tampered = await tamper({ run, postgres, redis });
    return { evidence: await probe.finish(readFrom), tampered };
  } finally {
    await probe.abort();
    await postgres.end();
    redis.close();
  }
}

async function insertEvents({ run, postgres, redis }: Backdoor, seqs: readonly number[]): Promise<void> {
  for (const seq of seqs) {
    await postgres.query(`INSERT INTO ${EVENTS_TABLE} (run, seq) VALUES ($1, $2)`, [run, seq]);
    await redis.command("XADD", EVENTS_STREAM, "*", "run", run, "seq", String(seq));
  }
}

/** The positive control: nobody tampers, so lost, duplicated and phantom must be 0 (and not null). */
export function runCleanControl(endpoints: readonly ProbeEndpoint[], credentials: Credentials): Promise<ProbeControl> {
  return runControl(endpoints, credentials, () => Promise.resolve({ timescaledb: 0, redis: 0 }));
}

/** Acknowledged events are deleted behind the probe's back: `lost` must equal the number deleted. */
export function runLossControl(endpoints: readonly ProbeEndpoint[], credentials: Credentials): Promise<ProbeControl> {
  const doomed = [2, 3, 4, 11];
  return runControl(endpoints, credentials, async ({ run, postgres, redis }) => {
    const gone = await postgres.query(`DELETE FROM ${EVENTS_TABLE} WHERE run = $1 AND seq = ANY($2) RETURNING seq`, [
      ...[run, doomed],
    ]);
    const entries = (await redis.command("XREVRANGE", EVENTS_STREAM, "+", "-", "COUNT", "5000")) as [
      string,
      string[],
    ][];
    const ids = entries.filter(([, [, of, , seq]]) => of === run && doomed.includes(Number(seq))).map(([id]) => id);
    return { timescaledb: gone.rowCount ?? 0, redis: Number(await redis.command("XDEL", EVENTS_STREAM, ...ids)) };
  });
}

/** Events that nobody attempted are inserted behind the probe's back: `phantom` must equal their number. */
export function runPhantomControl(
  endpoints: readonly ProbeEndpoint[],
  credentials: Credentials,
): Promise<ProbeControl> {
  const invented = [1_000_000, 1_000_001, 1_000_007];
  return runControl(endpoints, credentials, async (backdoor) => {
    await insertEvents(backdoor, invented);
    return { timescaledb: invented.length, redis: invented.length };
  });
}

/** Acknowledged events are written a second time behind the probe's back: `duplicated` must equal their number. */
export function runDuplicateControl(
  endpoints: readonly ProbeEndpoint[],
  credentials: Credentials,
): Promise<ProbeControl> {
  const repeated = [3, 5];
  return runControl(endpoints, credentials, async (backdoor) => {
    await insertEvents(backdoor, repeated);
    return { timescaledb: repeated.length, redis: repeated.length };
  });
}
