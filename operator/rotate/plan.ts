import type { Role } from "../../settings/pair";

/** Which of the two values of a secret are somewhere; `other` is neither, `unknown` could not be read. */
export type Has = "old" | "new" | "both" | "other" | "unknown";

/** What is seen of one host and its stack. No secret is in it. */
export interface HostFacts {
  readonly host: string;
  readonly stack: string;
  /** What the host's stores are now. */
  readonly role: Role;
  /** The stack's config: the value in use, and whether the former one stands beside it. */
  readonly config: { readonly current: "old" | "new"; readonly former: boolean };
  /** The files of its containers; null where the secret goes into none. */
  readonly files: Has | null;
  /** What its PostgreSQL takes: a role has one password. Null where the secret is none of its. */
  readonly postgres: Has | null;
  /** What its Redis takes. */
  readonly redis: Has | null;
  /** What its Grafana takes, which has one password: another one than the two may have come with restored data. */
  readonly grafana?: Has | null;
  /** What opens the repository on it, which has the other host's backups. */
  readonly repository?: Has | null;
}

/** Everything that a plan is made from. */
export interface RotationFacts {
  readonly hosts: readonly HostFacts[];
  /** The former one is taken until the operator says that nobody needs it any more. */
  readonly keepsOld: boolean;
}

/** One step of an exchange; each may be done again and again. */
export type RotationStep =
  /** Both values are written down before anybody has the new one: from then on a run can go on from what is there. */
  | { readonly kind: "keep-old" | "write-new"; readonly stack: string }
  /** The host has the files that its stack's config gives. */
  | { readonly kind: "files"; readonly host: string; readonly has: "both" | "new" }
  /** The primary's PostgreSQL is told; its standby has it by replication. */
  | { readonly kind: "tell-primary"; readonly host: string }
  /** What has the secret on each host for itself is told: Grafana by its own command, the repository by a further key. */
  | { readonly kind: "tell-host"; readonly host: string; readonly what: "grafana" | "repository" }
  /** The host's servers take the new one: waited for and seen. */
  | { readonly kind: "see-new"; readonly host: string }
  /** The former one opens the host's repository no more; as long as that is known. */
  | { readonly kind: "drop-key"; readonly host: string }
  | { readonly kind: "forget-old"; readonly stack: string }
  /** The host's servers take the new one alone. */
  | { readonly kind: "see-only-new"; readonly host: string };

/** What is left to do, in order; or why nothing may be done. */
export interface RotationPlan {
  readonly steps: readonly RotationStep[];
  /** What a further run does once the operator says `--drop-old`. */
  readonly later: readonly RotationStep[];
  /** Whether one had begun. */
  readonly underWay: boolean;
}

/** Why an exchange cannot go on from what is there, in words. */
export interface RotationRefusal {
  readonly refused: string;
}

/**
 * The steps that are left of an exchange, from what is seen now: nothing else is remembered, so a run that was cut off goes
 * on where it was. Between any two of them, and in the middle of each, every host has a password that the other one's
 * servers take: both hosts have both from before the first server is told until after the last one was seen to take the new
 * one. The standby comes first where the order is free. Pure.
 */
export function planRotation({ hosts: all, keepsOld }: RotationFacts): RotationPlan | RotationRefusal {
  const refused = refusalOf(all);
  if (refused !== undefined) return { refused };
  const hosts = [...all].sort(({ role: one }, { role: other }) => rank(one) - rank(other));
  const dropping = isDropping(hosts);
  const drop: RotationStep[] = [
    ...hosts
      .filter(({ repository }) => given(repository) && (!dropping || repository === "both"))
      .map(({ host }) => ({ kind: "drop-key", host }) as const),
    ...hosts
      .filter(({ config }) => config.former || !dropping)
      .map(({ stack }) => ({ kind: "forget-old", stack }) as const),
    ...hosts
      .filter((one) => one.files !== null && (!dropping || !isGiven(one, "new")))
      .map(({ host }) => ({ kind: "files", host, has: "new" }) as const),
    ...hosts.filter(({ redis }) => redis !== null).map(({ host }) => ({ kind: "see-only-new", host }) as const),
  ];
  if (dropping) return { steps: drop, later: [], underWay: true };
  const steps: RotationStep[] = [
    ...hosts.filter(({ config }) => !config.former).map(({ stack }) => ({ kind: "keep-old", stack }) as const),
    ...hosts
      .filter(({ config }) => config.current === "old")
      .map(({ stack }) => ({ kind: "write-new", stack }) as const),
    ...hosts.filter((one) => !isGiven(one, "both")).map(({ host }) => ({ kind: "files", host, has: "both" }) as const),
    ...hosts
      .filter(({ role, postgres }) => role === "primary" && postgres === "old")
      .map(({ host }) => ({ kind: "tell-primary", host }) as const),
    ...hosts
      .filter(({ grafana }) => given(grafana) && grafana !== "new")
      .map(({ host }) => ({ kind: "tell-host", host, what: "grafana" }) as const),
    ...hosts
      .filter(({ repository }) => repository === "old")
      .map(({ host }) => ({ kind: "tell-host", host, what: "repository" }) as const),
    ...hosts.filter((one) => !takesNew(one)).map(({ host }) => ({ kind: "see-new", host }) as const),
  ];
  const underWay = hosts.some(({ config }) => config.former || config.current === "new");
  return keepsOld ? { steps, later: drop, underWay } : { steps: [...steps, ...drop], later: [], underWay };
}

/** Whether a host has these, and its Redis was told: a run may have ended between the two. */
function isGiven({ files, redis }: HostFacts, has: "both" | "new"): boolean {
  return files === null || (files === has && (redis === null || redis === has));
}

const rank = (role: Role): number => Number(role === "primary");

const given = (has: Has | null | undefined): boolean => has !== null && has !== undefined;

/** Whether everything on a host that has the secret takes the new one. Pure. */
export function takesNew({ postgres, redis, grafana, repository }: HostFacts): boolean {
  return [postgres, redis, grafana, repository].every((has) => !given(has) || has === "new" || has === "both");
}

/**
 * Whether the former one is being forgotten: it is missing somewhere although every server takes the new one. Where the
 * config was changed by hand it is missing too, and the servers take the old one.
 */
function isDropping(hosts: readonly HostFacts[]): boolean {
  return (
    hosts.every((one) => one.config.current === "new" && takesNew(one)) && !hosts.every(({ config }) => config.former)
  );
}

function refusalOf(hosts: readonly HostFacts[]): string | undefined {
  const primaries = hosts.filter(({ role }) => role === "primary");
  if (primaries.length !== 1)
    return `one host is to be primary, and ${primaries.map(({ host }) => host).join(" and ") || "none"} is`;
  for (const { host, files, postgres, redis, grafana, repository } of hosts) {
    if (files === "unknown") return `the files of ${host} cannot be read`;
    if (grafana === "unknown") return `Grafana of ${host} does not say which password it takes`;
    if (repository === "unknown") return `the repository on ${host} cannot be asked which password opens it`;
    if (repository === "other")
      return `the repository on ${host} is opened neither by the former password nor by the new one`;
    for (const [store, has] of Object.entries({ PostgreSQL: postgres, Redis: redis })) {
      if (has === "unknown") return `${store} of ${host} does not say which password it takes`;
      if (has === "other") return `${store} of ${host} takes neither the former password nor the new one`;
    }
  }
  return undefined;
}

/** A step in words. */
export function stepWords(one: RotationStep): string {
  switch (one.kind) {
    case "keep-old":
      return `stack ${one.stack}: the former one is written beside the key`;
    case "write-new":
      return `stack ${one.stack}: the new one is written under the key`;
    case "files":
      return `${one.host}: its containers are given ${one.has === "both" ? "both" : "the new one alone"}`;
    case "tell-primary":
      return `${one.host}: PostgreSQL is told the new one`;
    case "tell-host":
      return one.what === "grafana"
        ? `${one.host}: Grafana is told the new one`
        : `${one.host}: the repository gets a key of the new one`;
    case "drop-key":
      return `${one.host}: the key of the former one is taken out of the repository`;
    case "see-new":
      return `${one.host}: the new one is seen to be taken`;
    case "forget-old":
      return `stack ${one.stack}: the former one is taken away`;
    case "see-only-new":
      return `${one.host}: Redis is seen to take the new one alone`;
  }
}
