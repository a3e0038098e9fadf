import type {
  HostListening,
  Listening,
  ListenProblem,
  MadeByContainer,
  MadePorts,
  Resolved,
} from "../../settings/listen";
import {
  listeningOf,
  listenEntries,
  listenProblem,
  listenProblems,
  resolvedIn,
  usableAddresses,
} from "../../settings/listen";
import { LABELS } from "../../settings/names";
import type { NamedHost } from "../../settings/pair";
import { messageOf } from "../../settings/user-error";
import { bounded } from "./bounded";
import { connectEngine, type HostEngine } from "./engine";
import { type HostAddresses, readHostAddresses } from "./host-addresses";

const ENGINE_MS = 10_000;

/** Asks an engine for the labels of every container of ours, running or not. @throws Error when it does not answer */
export async function readMadePorts(name: string, { docker }: Pick<HostEngine, "docker">): Promise<MadeByContainer> {
  const asked = docker.listContainers({ all: true, filters: { label: [LABELS.service] } });
  const all = await bounded(`${name}: Docker engine`, ENGINE_MS, asked);
  return new Map(
    all.flatMap(({ Names: names, Labels: labels }) =>
      names.map((one): [string, MadePorts] => [
        one.replace(/^\//, ""),
        {
          ...{ listen: labels[LABELS.listen], ports: labels[LABELS.ports] },
          ...(labels[LABELS.environment] !== undefined && { environment: labels[LABELS.environment] }),
          ...(labels[LABELS.host] !== undefined && { host: labels[LABELS.host] }),
        },
      ]),
    ),
  );
}

/** As `readMadePorts`, over a connection of its own. @throws Error when the engine does not answer */
export async function madePortsOf(host: NamedHost): Promise<MadeByContainer> {
  const engine = connectEngine(host);
  try {
    return await readMadePorts(host.name, engine);
  } finally {
    engine.close();
  }
}

/** The names among what a host listens on. */
export function namesOf(host: NamedHost): readonly string[] {
  return listenEntries(host).flatMap((one) => ("name" in one ? [one.name] : []));
}

/** What the names were when the containers that are there were made. */
export function notedNames(made: MadeByContainer): Resolved {
  return Object.assign({}, ...[...made.values()].map(({ listen }) => resolvedIn(listen ?? ""))) as Resolved;
}

/** What a host's names are now, as it says itself; of one that is of no use, why, by its field. Pure. */
export function resolveNames(
  host: NamedHost,
  { names }: Pick<HostAddresses, "names">,
): { readonly resolved: Resolved; readonly useless: ReadonlyMap<string, ListenProblem> } {
  const useless = new Map<string, ListenProblem>();
  const resolved: Record<string, readonly string[]> = {};
  for (const one of listenEntries(host)) {
    if (!("name" in one)) continue;
    const usable = usableAddresses(one.field, names[one.name] ?? []);
    if (typeof usable === "string") useless.set(one.name, listenProblem(host.name, one.field, `${one.name} ${usable}`));
    else resolved[one.name] = usable;
  }
  return { resolved, useless };
}

/** Names that are something else now than when the containers were made: nothing follows them without a word. Pure. */
export function movedNames(host: NamedHost, made: MadeByContainer, now: Resolved): readonly ListenProblem[] {
  const noted = notedNames(made);
  return listenEntries(host).flatMap((one): ListenProblem[] => {
    if (!("name" in one)) return [];
    const [then, is] = [noted[one.name], now[one.name]];
    if (then === undefined || is === undefined || [...then].sort().join() === [...is].sort().join()) return [];
    const words = `${one.name} is ${is.join(", ")} on ${host.name} now, and was ${then.join(", ")} when its containers were made`;
    return [listenProblem(host.name, one.field, words)];
  });
}

/** Whether any container of the host was made with other addresses than these, or none is there. */
function isOther(made: MadeByContainer, { label }: Listening): boolean {
  return made.size === 0 || [...made.values()].some(({ listen }) => listen !== label);
}

/** What was found out of a host, before an `up` touches a container of it. */
export interface ListenReading {
  readonly host: NamedHost;
  /** Null when it could not be found out; `problems` say why. */
  readonly listening: HostListening | null;
  readonly problems: readonly ListenProblem[];
  /** Null when the host was not asked, or did not answer. */
  readonly facts: HostAddresses | null;
}

/**
 * What a host's ports are to listen on, asked of the host itself. A name keeps what it was when its containers were made:
 * a container is never replaced because a name server answers otherwise, or not at all. What the host cannot do is a
 * problem by the field that asks for it, where a container would be made anew for it.
 * @param moved whether a name that has become something else is a problem; else it is left alone
 */
export async function readListening(
  host: NamedHost,
  made: MadeByContainer,
  moved: "refused" | "left alone",
): Promise<ListenReading> {
  const [names, noted] = [namesOf(host), notedNames(made)];
  const isNoted = names.every((name) => noted[name] !== undefined);
  const kept = isNoted ? listeningOf(listenEntries(host), noted) : undefined;
  const needless = kept !== undefined && !isOther(made, kept);
  if (needless && (names.length === 0 || moved === "left alone")) {
    return { host, listening: { ...kept, made }, problems: [], facts: null };
  }
  const facts = await readHostAddresses(host, names).catch((error: unknown) => messageOf(error));
  if (typeof facts === "string") {
    if (kept !== undefined && needless) return { host, listening: { ...kept, made }, problems: [], facts: null };
    const words = `nobody can tell which addresses ${host.name} has: ${facts}`;
    return { host, listening: null, problems: [listenProblem(host.name, "listen", words)], facts: null };
  }
  const { resolved, useless } = resolveNames(host, facts);
  const unknown = [...useless].flatMap(([name, problem]) => (noted[name] === undefined ? [problem] : []));
  if (unknown.length > 0) return { host, listening: null, problems: unknown, facts };
  const known = { ...resolved, ...noted };
  const listening = { ...listeningOf(listenEntries(host), known), made };
  const changed = moved === "refused" ? movedNames(host, made, resolved) : [];
  const cannot = isOther(made, listening) ? listenProblems(host, known, facts.own) : [];
  return { host, listening, problems: [...changed, ...cannot], facts };
}

/** As every port was published before there was a field `listen`. */
const BEFORE: Listening = { addresses: ["0.0.0.0"], label: "0.0.0.0" };

/**
 * What a host's ports listen on while a drill runs, which replaces no container: nothing is asked for it that could hold a
 * drill up, and where nobody knows what a name was it is what the containers of before had. Pure.
 * @param made undefined when the engine did not say
 */
export function listeningInDrill(host: NamedHost, made: MadeByContainer | undefined): HostListening {
  const noted = notedNames(made ?? new Map());
  const known = namesOf(host).every((name) => noted[name] !== undefined);
  return { ...(known ? listeningOf(listenEntries(host), noted) : BEFORE), made: made ?? new Map() };
}
