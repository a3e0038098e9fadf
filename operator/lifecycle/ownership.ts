import type { Deployment } from "@pulumi/pulumi/automation";
import { z } from "zod";
import { bounded } from "../../drills/hosts/bounded";
import { connectEngine, type HostEngine } from "../../drills/hosts/engine";
import { readMadePorts } from "../../drills/hosts/listening";
import type { Environment } from "../../settings/environment";
import { hostWord } from "../../settings/host-word";
import type { MadeByContainer } from "../../settings/listen";
import { volumeName } from "../../settings/names";
import { othersContainers, othersNext, othersWords } from "../../settings/owner";
import type { NamedHost } from "../../settings/pair";
import type { PairIdentity } from "../../settings/pair-identity";
import { STORE_NAMES, type StoreName } from "../../settings/services";
import { messageOf, UserError } from "../../settings/user-error";
import type { HostStack } from "../failover/pair-stacks";
import { dataVolumes } from "./data-volumes";

const ENGINE_MS = 20_000;
/** An engine adds up every file of every volume. */
const SIZES_MS = 120_000;

/** What lies on a host under our names, and what its stack's state knows of it. */
export interface HostHoldings {
  readonly host: NamedHost;
  readonly containers: MadeByContainer;
  /** The containers in the stack's state, by name. */
  readonly known: readonly string[];
  /** Stores whose data volume is on the host and not in the state, with anything in it, or nobody can tell. */
  readonly strangeData: readonly StoreName[];
}

const stateSchema = z.looseObject({
  resources: z
    .array(z.looseObject({ type: z.string(), outputs: z.looseObject({ name: z.unknown().optional() }).nullish() }))
    .nullish(),
});

/** The names of the containers in a stack's state. */
export function containersInState({ deployment }: Pick<Deployment, "deployment">): readonly string[] {
  const { resources } = stateSchema.parse(deployment ?? {});
  return (resources ?? []).flatMap(({ type, outputs }) =>
    type === "docker:index/container:Container" && typeof outputs?.name === "string" ? [outputs.name] : [],
  );
}

/**
 * Looks at what lies on every host under our names. Changes nothing.
 * @throws UserError naming the host whose engine does not answer
 */
export function readHoldings(stacks: readonly HostStack[]): Promise<readonly HostHoldings[]> {
  return Promise.all(
    stacks.map(async ({ host, stack }) => {
      const state = await stack.exportStack();
      const engine = connectEngine(host);
      try {
        const containers = await readMadePorts(host.name, engine);
        const strangeData = await strangeDataOn(host, engine, dataVolumes(state));
        return { host, containers, known: containersInState(state), strangeData };
      } catch (error) {
        throw new UserError(`${host.name}: its engine does not answer: ${messageOf(error)}`, "understudy doctor");
      } finally {
        engine.close();
      }
    }),
  );
}

async function strangeDataOn(
  host: NamedHost,
  { docker }: HostEngine,
  inState: readonly string[],
): Promise<readonly StoreName[]> {
  const unknown = STORE_NAMES.filter((store) => !inState.includes(volumeName(store)));
  if (unknown.length === 0) return [];
  const { Volumes: volumes } = await bounded(`${host.name}: Docker engine`, ENGINE_MS, docker.listVolumes());
  const names = new Set(volumes.map(({ Name: name }) => name));
  const there = unknown.filter((store) => names.has(volumeName(store)));
  if (there.length === 0) return [];
  // One that an interrupted first `up` has made has nothing in it yet.
  const sizes = await bounded(`${host.name}: sizes of volumes`, SIZES_MS, docker.df() as Promise<unknown>).then(
    volumeSizes,
    () => new Map<string, number>(),
  );
  return there.filter((store) => sizes.get(volumeName(store)) !== 0);
}

const dfSchema = z.looseObject({
  Volumes: z
    .array(z.looseObject({ Name: z.string(), UsageData: z.looseObject({ Size: z.number() }).nullish() }))
    .nullish(),
});

function volumeSizes(answer: unknown): ReadonlyMap<string, number> {
  const { Volumes: volumes } = dfSchema.parse(answer);
  return new Map((volumes ?? []).map(({ Name: name, UsageData: usage }) => [name, usage?.Size ?? -1]));
}

/**
 * Why an `up` must not begin: what lies on a host is another environment's, or data that these stacks know nothing of. Pure.
 * @param noted whose data the pair's are, as the stacks' config says: a state may be lost, and these are still the pair's
 * @param takeOver the operator's words: `ENVIRONMENT/HOST` of every host whose data may become this pair's
 */
export function refuseOthers(
  environment: Pick<Environment, "name">,
  holdings: readonly HostHoldings[],
  noted: PairIdentity,
  takeOver: string | undefined,
): UserError | undefined {
  for (const { host, containers, known } of holdings) {
    const strange: MadeByContainer = new Map([...containers].filter(([name]) => !known.includes(name)));
    const others = othersContainers(strange, environment.name, host.name);
    if (others.length > 0)
      return new UserError(`nothing was changed. ${othersWords(host.name, others)}`, othersNext(host.name), 3);
    const [first] = strange.keys();
    if (first !== undefined && known.length === 0)
      return new UserError(
        `nothing was changed. ${host.name} has ${strange.size} containers of ${hostWord(environment, host.name)}, such as ${first}, and stack ${host.stack} here knows none of them: they are another folder's, or the state is lost`,
        `work in the folder that made them; or, where its state is lost: docs/OPERATIONS_MANUAL.md, "The state backend is lost"`,
        3,
      );
  }
  return refuseStrangeData(environment, holdings, noted, takeOver);
}

function refuseStrangeData(
  environment: Pick<Environment, "name">,
  holdings: readonly HostHoldings[],
  noted: PairIdentity,
  takeOver: string | undefined,
): UserError | undefined {
  const strange = holdings.flatMap(({ host, strangeData }) => {
    const stores = strangeData.filter((store) => noted[store] === undefined);
    return stores.length === 0 ? [] : [{ word: hostWord(environment, host.name), host: host.name, stores }];
  });
  const wanted = strange.map(({ word }) => word).join(" ");
  if (strange.length === 0 || takeOver?.trim().split(/\s+/).join(" ") === wanted) return undefined;
  const words = strange.map(
    ({ host, stores }) => `${host} has data in ${stores.map((store) => volumeName(store)).join(" and ")}`,
  );
  return new UserError(
    `nothing was changed. ${words.join("; ")}, which these stacks know nothing of: they are another environment's, or of a state that is lost`,
    `name other machines in hosts.NAME.docker; or, where they are this pair's own: understudy up --take-over-data "${wanted}"`,
    3,
  );
}
