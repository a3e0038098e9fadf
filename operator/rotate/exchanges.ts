import { X509Certificate } from "node:crypto";
import { moment, validity } from "../../settings/certificates/facts";
import { BACK_DATED_MS } from "../../settings/certificates/issue";
import { CERTIFICATE_KEYS, parseAuthorities, parseCertificates } from "../../settings/certificates/stored";
import { formerKey, sinceKey } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import type { ConfigValues } from "../certificates/secret-config";
import { PHASE_WORDS, phaseOf, placeOfFile, type KnownAuthorities } from "../certificates/exchange";
import { authorityOfFiles } from "../certificates/authority";
import type { HostStack } from "../failover/pair-stacks";
import { keyOfRotated, hasClients, ROTATED_NAMES } from "./secrets";

/** An exchange of a secret that has begun and has not ended. No value is in it. */
export interface RunningExchange {
  /** What follows `understudy rotate`. */
  readonly name: string;
  /** How far it is, in words. */
  readonly phase: string;
  /** ISO 8601; null where nothing says. */
  readonly since: string | null;
  /** The command that goes on with it. */
  readonly next: string;
}

/** One host's name and its stack's config. */
export interface HostConfig {
  readonly host: string;
  readonly config: ConfigValues;
}

/** The exchanges that the stacks' configs tell of. @param file the environment file, for the command. @throws Error of the engine */
export async function readExchanges(
  environment: Environment,
  stacks: readonly HostStack[],
  file: string,
): Promise<readonly RunningExchange[]> {
  const configs = await Promise.all(
    stacks.map(async ({ host, stack }) => ({ host: host.name, config: await stack.getAllConfig() })),
  );
  return exchangesIn(environment, configs, file, Date.now());
}

/** The same from what was read. Pure but for the files of a CA of the team's own. */
export function exchangesIn(
  environment: Environment,
  configs: readonly HostConfig[],
  file: string,
  nowMs: number,
): readonly RunningExchange[] {
  const applications = Object.entries(environment.applications).flatMap(([name, { password: key, redis }]) =>
    key === undefined ? [] : [{ name: `application ${name}`, key, waits: redis !== undefined }],
  );
  const own = ROTATED_NAMES.map((name) => ({ name, key: keyOfRotated(name), waits: hasClients(name) }));
  const passwords = [...own, ...applications].flatMap((one) => passwordExchange(one, configs, file) ?? []);
  return [...passwords, ...(authorityExchange(environment, configs, file, nowMs) ?? [])];
}

interface Exchangeable {
  readonly name: string;
  readonly key: string;
  /** Its store takes both until the operator says that no client needs the former one. */
  readonly waits: boolean;
}

function passwordExchange(
  { name, key, waits }: Exchangeable,
  configs: readonly HostConfig[],
  file: string,
): readonly RunningExchange[] | undefined {
  const valueOf = (of: string): readonly (string | undefined)[] =>
    configs.map(({ config }) => config[`understudy:${of}`]?.value);
  const formers = valueOf(formerKey(key));
  const there = formers.filter((one) => one !== undefined);
  if (there.length === 0) return undefined;
  const since = valueOf(sinceKey(key)).find((one) => one !== undefined && !Number.isNaN(Date.parse(one)));
  const again = `understudy rotate ${name} --env-config ${file}`;
  const phase =
    there.length < configs.length
      ? "the former one stands beside the key in one stack alone: it begins, or it is about to end"
      : "both stacks have both";
  const next = waits
    ? `${again} --execute, and once every client has the new one: ${again} --drop-old --execute`
    : `${again} --execute`;
  return [{ name, phase, since: since ?? null, next }];
}

function authorityExchange(
  environment: Environment,
  configs: readonly HostConfig[],
  file: string,
  nowMs: number,
): readonly RunningExchange[] | undefined {
  const again = `understudy rotate ca --env-config ${file}`;
  const entries = configs.map(({ host, config }) => {
    const text = config[`understudy:${CERTIFICATE_KEYS.certificates}`]?.value;
    return [host, text === undefined ? undefined : parseCertificates(text)] as const;
  });
  const stored = Object.fromEntries(entries);
  const authorities = authoritiesIn(environment, configs, stored, nowMs);
  if (authorities === undefined) return undefined;
  const phase = phaseOf({ stored, authorities });
  if (phase === "none" || phase === "no-key" || phase === "steady") return undefined;
  const [pem] = (authorities.next ?? authorities.issuer)?.chain ?? [];
  const since = pem === undefined ? null : moment(validity(new X509Certificate(pem)).fromMs + BACK_DATED_MS);
  const waits = phase === "adding" || phase === "added";
  const next = waits
    ? `${again} --execute, and once every client believes the new CA: ${again} --drop-old --execute`
    : `${again} --drop-old --execute`;
  return [
    { name: "ca", phase: PHASE_WORDS[phase], since: environment.certificates === undefined ? since : null, next },
  ];
}

/** The CAs whose keys are at hand; undefined where they cannot be read, which other findings say. */
function authoritiesIn(
  environment: Environment,
  configs: readonly HostConfig[],
  stored: Parameters<typeof placeOfFile>[0],
  nowMs: number,
): KnownAuthorities | undefined {
  try {
    if (environment.certificates !== undefined)
      return placeOfFile(stored, authorityOfFiles(environment.certificates, nowMs));
    const texts = configs.flatMap(({ config }) => config[`understudy:${CERTIFICATE_KEYS.authority}`]?.value ?? []);
    return texts[0] === undefined ? undefined : parseAuthorities(texts[0]);
  } catch {
    return undefined;
  }
}
