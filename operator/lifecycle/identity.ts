import { readFile, rename, writeFile } from "node:fs/promises";
import { parseDocument } from "yaml";
import { bootstrapStores } from "../../drills/bootstrap/bootstrap";
import { bounded } from "../../drills/hosts/bounded";
import { connectEngine } from "../../drills/hosts/engine";
import { openRedis } from "../../drills/hosts/sessions";
import { runInContainer } from "../../drills/hosts/run-in-container";
import type { Topology } from "../../evidence/document";
import { hostIn, observedRole, roleOf } from "../../evidence/observed-role";
import type { Environment } from "../../settings/environment";
import { containerName, volumeName } from "../../settings/names";
import { viewFrom, type NamedHost, type Role } from "../../settings/pair";
import { IDENTITY_KEY, identityText, parseIdentity, waysBack, type PairIdentity } from "../../settings/pair-identity";
import { SERVICES, STORE_NAMES, type StoreName } from "../../settings/services";
import { UserError } from "../../settings/user-error";
import type { HostStack, PairStacks } from "../failover/pair-stacks";
import { readStackConfig } from "../failover/stack-config";
import { dataVolumes } from "./data-volumes";

const ENGINE_MS = 20_000;
const KEY = ["config", "understudy:identity"] as const;

/** Whose data the pair's are, as the stacks' config files say; what one of them lacks is taken from the other. */
export async function notedIdentity(stacks: readonly HostStack[]): Promise<PairIdentity> {
  const noted = await Promise.all(stacks.map(async (one) => (await readStackConfig(one)).document.getIn(KEY)));
  return noted.reduce<PairIdentity>(
    (known, text) => ({ ...(typeof text === "string" ? parseIdentity(text) : undefined), ...known }),
    {},
  );
}

/** Whose data the stores are that were seen to be primary; a store that could not be read is left out. */
async function observedIdentity(
  { stacks, credentials }: PairStacks,
  environment: Environment,
  topology: Topology,
): Promise<PairIdentity> {
  let identity: PairIdentity = {};
  for (const { host } of stacks) {
    const seen = hostIn(topology, host.name);
    if (seen?.timescaledb.state === "observed" && roleOf(seen.timescaledb) === "primary") {
      const timescaledb = seen.timescaledb.detail["systemIdentifier"];
      if (typeof timescaledb === "string") identity = { ...identity, timescaledb };
    }
    if (roleOf(seen?.redis) !== "primary") continue;
    const session = await openRedis(host, environment, credentials).catch(() => undefined);
    const redis = await session?.command("GET", IDENTITY_KEY).catch(() => null);
    session?.close();
    if (typeof redis === "string") identity = { ...identity, redis };
  }
  return identity;
}

/** Notes in both stacks' config whose data the primaries' are. What was not seen stays as it was noted. */
export async function noteIdentity(pair: PairStacks, environment: Environment, topology: Topology): Promise<void> {
  const [noted, observed] = [await notedIdentity(pair.stacks), await observedIdentity(pair, environment, topology)];
  await writeIdentity(pair.stacks, { ...noted, ...observed });
}

/** The pair's data are given up: the next `up` may begin with empty stores. */
export async function forgetIdentity(stacks: readonly HostStack[]): Promise<void> {
  await writeIdentity(stacks, {});
}

async function writeIdentity(stacks: readonly HostStack[], identity: PairIdentity): Promise<void> {
  for (const one of stacks) {
    const { file } = await readStackConfig(one);
    const before = await readFile(file, "utf8");
    const after = withIdentity(before, identity);
    if (after === before) continue;
    await writeFile(`${file}.new`, after);
    await rename(`${file}.new`, file);
  }
}

/** The text of a stack's config with this identity. Pure. */
export function withIdentity(text: string, identity: PairIdentity): string {
  const document = parseDocument(text);
  const words = identityText(identity);
  if ((document.getIn(KEY) ?? "") === words) return text;
  if (words === "") document.deleteIn(KEY);
  else document.setIn(KEY, words);
  return document.toString();
}

/** What is there of a host's data before an `up`. */
export interface HostData {
  readonly host: NamedHost;
  readonly role: Role;
  /** Stores whose data volume is in the stack's state and not on the host. */
  readonly gone: readonly StoreName[];
  /** Stores whose volume is not on the host. */
  readonly absent: readonly StoreName[];
}

/** Looks for the volumes of both stores on every host. @throws Error when an engine does not answer */
export async function readHostData(
  stacks: readonly HostStack[],
  declared: Readonly<Record<string, Role>>,
): Promise<readonly HostData[]> {
  return Promise.all(
    stacks.map(async ({ host, stack }) => {
      const inState = dataVolumes(await stack.exportStack());
      const engine = connectEngine(host);
      try {
        const absent: StoreName[] = [];
        for (const store of STORE_NAMES) {
          const found = engine.docker.getVolume(volumeName(store)).inspect();
          await bounded(`${host.name}: Docker engine`, ENGINE_MS, found).catch((error: unknown) => {
            if ((error as { statusCode?: number }).statusCode !== 404) throw error;
            absent.push(store);
          });
        }
        const gone = absent.filter((store) => inState.includes(volumeName(store)));
        return { host, role: declared[host.name] ?? "standby", gone, absent };
      } finally {
        engine.close();
      }
    }),
  );
}

/**
 * Why an `up` must not begin: the declared primary lacks data that the pair has had, and would begin with empty ones beside
 * the other host's. A standby without data is cloned. Pure.
 */
export function refuseLostData(
  environment: Pick<Environment, "name">,
  data: readonly HostData[],
  noted: PairIdentity,
  beginAnew: string | undefined,
): UserError | undefined {
  for (const { host, role, gone, absent } of data) {
    if (role !== "primary" || host.name === beginAnew) continue;
    const lost = STORE_NAMES.filter((store) => gone.includes(store) || (absent.includes(store) && noted[store]));
    const [first] = lost;
    if (first === undefined) continue;
    const peer = data.find((one) => one.host.name !== host.name)?.host;
    return new UserError(
      `${host.name} is declared primary and has lost the data of ${lost.join(" and ")} that this pair has had${words(noted, lost)}: up would begin with empty ones`,
      waysBack(environment, host.name, first, peer),
      3,
    );
  }
  return undefined;
}

function words(noted: PairIdentity, lost: readonly StoreName[]): string {
  const known = lost.flatMap((store) => noted[store] ?? []);
  return known.length === 0 ? "" : ` (${known.join(", ")})`;
}

/** Why an `up` must not begin: the two hosts' PostgreSQL are different clusters, as when one began anew. Pure. */
export function refuseOtherCluster(topology: Topology): UserError | undefined {
  const seen = topology.hosts.map((one) => ({
    host: one.host,
    system: one.timescaledb.state === "observed" ? one.timescaledb.detail["systemIdentifier"] : undefined,
  }));
  const [one, other] = seen;
  if (one?.system === undefined || other?.system === undefined || one.system === other.system) return undefined;
  const standby = seen.find(({ host }) => observedRole(topology, host) === "standby") ?? other;
  return new UserError(
    `${one.host} and ${other.host} hold different database clusters (system identifiers ${String(one.system)} and ${String(other.system)}): neither can follow the other`,
    `understudy status; keep a copy of what ${standby.host} has, volume ${volumeName("timescaledb")}, before its data are removed and cloned anew`,
    3,
  );
}

/**
 * Lets the stores of `host` begin with empty data where they have lost them, by the operator's word. Where its containers
 * run, they are told at once; else the next bootstrap does. Data that are there are left alone.
 */
export async function beginAnew(
  host: string,
  pair: PairStacks,
  environment: Environment,
  phase: (words: string) => void,
): Promise<void> {
  await forgetIdentity(pair.stacks);
  const view = viewFrom(environment, host);
  const engine = connectEngine(view.self);
  const folder = SERVICES.redis.guardFolder;
  try {
    const script = `grep -q '^held empty' ${folder}/status && [ -f ${folder}/identity ] && : > ${folder}/anew; :`;
    await runInContainer(engine.docker, containerName("redis"), ["sh", "-c", script]);
    await runInContainer(engine.docker, containerName("timescaledb"), ["true"]);
  } catch {
    return; // There are no containers yet: the stack's first run gives the stores their role.
  } finally {
    engine.close();
  }
  phase(`${host} begins with empty data where it has lost them`);
  await bootstrapStores(view, "primary", environment, pair.credentials, {});
}
