import type { Environment } from "./environment";
import { hostWord } from "./host-word";
import type { StoreName } from "./services";

/** Redis key that ties a pair's data together; the boot guard of Redis keeps it, see `configs/guard/redis-identity.sh`. */
export const IDENTITY_KEY = "understudy:identity";

/**
 * Whose data a pair's are: PostgreSQL's system identifier, and the word under `IDENTITY_KEY` in Redis. A store that is not
 * there is one that nobody has seen with data yet.
 */
export type PairIdentity = Readonly<Partial<Record<StoreName, string>>>;

const FORM = /^(?:timescaledb (?<timescaledb>\d{1,20}))?(?: ?redis (?<redis>[0-9a-f-]{8,64}))?$/;

/** Reads what `identityText` wrote. @returns undefined when the text is none */
export function parseIdentity(text: string): PairIdentity | undefined {
  const { timescaledb, redis } = FORM.exec(text.trim())?.groups ?? {};
  if (timescaledb === undefined && redis === undefined) return undefined;
  return { ...(timescaledb === undefined ? {} : { timescaledb }), ...(redis === undefined ? {} : { redis }) };
}

/** An identity as one text that no reader of YAML takes for a number. */
export function identityText({ timescaledb, redis }: PairIdentity): string {
  return [timescaledb && `timescaledb ${timescaledb}`, redis && `redis ${redis}`].filter(Boolean).join(" ");
}

/** What a host without the pair's data is told: the ways back, the nearest first. */
export function waysBack(
  environment: Pick<Environment, "name">,
  host: string,
  store: StoreName,
  peer: { name: string; stack: string } | undefined,
): string {
  const other = peer && `pulumi -s ${peer.stack} up; understudy failover --unplanned --to ${peer.name} --execute`;
  const ways = [
    ...(other === undefined ? [] : [`${peer?.name ?? ""} has them: ${other}`]),
    `from a backup: understudy backup restore --host ${host} --service ${store} --to service`,
    `or to begin with empty data: understudy up --begin-anew ${hostWord(environment, host)} --execute`,
  ];
  return ways.join("; ");
}
