import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { parseDocument, type Document } from "yaml";
import { pollUntil } from "../../drills/hosts/bounded";
import { openStacks, type PairStacks } from "../../operator/failover/pair-stacks";
import { readTroubles, settle } from "../../operator/failover/settle";
import { observePair } from "../../drills/hosts/observe";
import { observedRole } from "../../evidence/observed-role";
import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { namedHosts, type Role } from "../../settings/pair";
import { LAB_HOSTS } from "./layout";
import { stackConfigFile } from "./project";

const LOOK_MS = 500;

/** The lab's pair of stacks for whoever drills it again and again: opened once, since that costs seconds. */
export interface LabPair {
  readonly environment: Environment;
  stacks(): Promise<PairStacks>;
  credentials(): Promise<Credentials>;
  /** What each host's stack declares, as its config file says. */
  declared(): Readonly<Record<string, Role>>;
  /** Lets both stacks declare this primary, and ask for no drill any more. */
  declare(primary: string): void;
  /** Lets both stacks declare this environment file. */
  declareEnvironment(file: string): void;
  /** The one host that is primary of both stores, once there is one; null when there is none by then, or more than one. */
  becomesPrimary(withinMs: number): Promise<string | null>;
  /** Takes away what a killed run has left on the stacks, locks and pending operations, as `understudy settle` does. */
  unlock(): Promise<void>;
  /** Forgets the passwords: the lab was made anew. */
  forget(): void;
}

/** Opens nothing yet. */
export function labPair(environment: Environment): LabPair {
  let opened: Promise<PairStacks> | undefined;
  const stacks = (): Promise<PairStacks> => (opened ??= openStacks(environment));
  const credentials = async (): Promise<Credentials> => (await stacks()).credentials;
  const onePrimary = async (): Promise<string | null> => {
    const topology = await observePair(namedHosts(environment), environment, await credentials());
    const names = LAB_HOSTS.map((host) => host.name).filter((name) => observedRole(topology, name) === "primary");
    return names.length === 1 ? (names[0] ?? null) : null;
  };
  return {
    environment,
    stacks,
    credentials,
    declared: () => Object.fromEntries(LAB_HOSTS.map((host) => [host.name, declaredRole(host.stack)])),
    declare: (primary) => {
      for (const { name, stack } of LAB_HOSTS) declareRole(stack, name === primary ? "primary" : "standby");
    },
    declareEnvironment: (file) => {
      for (const { stack } of LAB_HOSTS)
        changeConfig(stack, (document) => document.setIn(["config", "understudy:environment"], file));
    },
    becomesPrimary: async (withinMs) =>
      (await pollUntil(onePrimary, (primary) => primary !== null, { deadlineMs: withinMs, pauseMs: LOOK_MS })).reading,
    unlock: async () => {
      await settle(environment, await readTroubles(environment), true);
    },
    forget: () => {
      opened = undefined;
    },
  };
}

function declaredRole(stack: string): Role {
  return parseDocument(readFileSync(stackConfigFile(stack), "utf8")).getIn(["config", "understudy:role"]) as Role;
}

function declareRole(stack: string, role: Role): void {
  changeConfig(stack, (document) => {
    document.setIn(["config", "understudy:role"], role);
    document.deleteIn(["config", "understudy:drill"]);
  });
}

function changeConfig(stack: string, change: (document: Document) => void): void {
  const document = parseDocument(readFileSync(stackConfigFile(stack), "utf8"));
  change(document);
  writeFileSync(`${stackConfigFile(stack)}.new`, document.toString(), { mode: 0o600 });
  renameSync(`${stackConfigFile(stack)}.new`, stackConfigFile(stack));
}
