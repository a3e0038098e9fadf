import { readFileSync } from "node:fs";
import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import type { EvidenceDocument } from "../../evidence/document";
import { connectEngine } from "../../drills/hosts/engine";
import { observePair } from "../../drills/hosts/observe";
import { observedRole } from "../../evidence/observed-role";
import { readPairStatus, type PairStatus } from "../../operator/status/pair-status";
import type { Watch } from "../../lab/watch/watcher";
import { containerName } from "../../settings/names";
import { namedHosts, viewFrom, type Role } from "../../settings/pair";
import { STORE_NAMES, type StoreName } from "../../settings/services";
import { labCredentials, labEnvironment, LAB_ENVIRONMENT, pulumi, understudy, type Finished } from "./lab-stacks";

/** A host of the lab. */
export type HostName = "host-a" | "host-b";

/** Fails with everything that the command said when it did not exit 0. */
export function good(finished: Finished): Finished {
  expect(finished.code, finished.stdout + finished.stderr).to.equal(0);
  return finished;
}

/** The role that both stores of each host agree on; undefined when they differ or do not answer. */
export async function pairRoles(): Promise<[Role | undefined, Role | undefined]> {
  const environment = labEnvironment();
  const topology = await observePair(namedHosts(environment), environment, await labCredentials());
  return [observedRole(topology, "host-a"), observedRole(topology, "host-b")];
}

/** Waits until host-a and host-b have these roles. */
export async function untilRoles(hostA: Role, hostB: Role, deadlineMs = 60_000): Promise<void> {
  const { reading } = await pollUntil(pairRoles, ([a, b]) => a === hostA && b === hostB, { deadlineMs, pauseMs: 500 });
  expect(reading).to.deep.equal([hostA, hostB]);
}

function isWhole(primary: HostName, { rows }: PairStatus): boolean {
  const standby = primary === "host-a" ? "host-b" : "host-a";
  const streams = rows.some((row) => row.host === standby && row.service === "timescaledb" && row.lagBytes !== null);
  return streams && rows.every((row) => row.healthy && row.observedRole !== "unknown");
}

/** Waits until `primary` is primary, the other host streams, and every service of both is healthy. */
export async function untilWhole(primary: HostName, environment = labEnvironment()): Promise<void> {
  const credentials = await labCredentials();
  const roleOf = (host: string): Role => (host === primary ? "primary" : "standby");
  const declared = Object.fromEntries(Object.keys(environment.hosts).map((host) => [host, roleOf(host)]));
  const { reading } = await pollUntil(
    () => readPairStatus(environment, credentials, declared),
    (status) => status.good && isWhole(primary, status),
    { deadlineMs: 150_000, pauseMs: 500 },
  );
  expect(
    reading.rows
      .filter((row) => !row.healthy || (row.observedRole ?? "") !== (row.declaredRole ?? ""))
      .filter((row) => !row.healthy || row.observedRole !== null),
  ).to.deep.equal([]);
  expect(isWhole(primary, reading), "the standby streams").to.equal(true);
}

/** Runs `understudy failover --execute` into `file`; the evidence is there also when it failed. */
export async function drill(
  file: string,
  ...words: string[]
): Promise<Finished & { document: () => EvidenceDocument }> {
  const run = await understudy(
    "failover",
    "--env-config",
    LAB_ENVIRONMENT,
    "--output-file",
    file,
    "--execute",
    ...words,
  );
  return { ...run, document: () => JSON.parse(readFileSync(file.replace(/env$/, "json"), "utf8")) as EvidenceDocument };
}

/** Lets the verifier judge evidence of an executed drill. */
export function verdict(file: string, { maxLost = 0 } = {}): Promise<Finished> {
  const limits = ["--max-failover-seconds", "600", "--max-data-lag-events", String(maxLost)];
  return understudy("verify", "--evidence", file, ...limits);
}

/** Starts a standing probe as its own process and returns its socket. */
export async function standingProbe(socket: string): Promise<string> {
  good(await understudy("probe", "--env-config", LAB_ENVIRONMENT, "--socket", socket, "--detach"));
  return socket;
}

/** A planned swap to `host` by the command, verified with nothing lost. */
export async function swapTo(host: HostName, file: string): Promise<void> {
  await untilWhole(host === "host-a" ? "host-b" : "host-a");
  const run = await drill(file, "--to", host);
  expect(run.code, run.stdout + run.stderr).to.equal(0);
  good(await verdict(file));
}

/** Gives both stacks back the declaration that host-a is primary, and no drill. */
export async function declareAsAtFirst(): Promise<void> {
  for (const [stack, role] of [
    ["primary", "primary"],
    ["standby", "standby"],
  ] as const) {
    good(await pulumi("-s", stack, "config", "set", "understudy:role", role));
    await pulumi("-s", stack, "config", "rm", "understudy:drill");
  }
}

/** How often a store of a host has acknowledged a write that began after `sinceMs` of the machine's clock. */
export function acceptedSince(watch: Watch, host: HostName, store: StoreName, sinceMs: number): number {
  return watch.tries(host, store).filter((one) => one.accepted && one.startMs >= sinceMs).length;
}

/** What the boot guard of each store says, in the container's health check and in its log. */
export async function guardWords(host: HostName, store: StoreName): Promise<{ health: string; log: string }> {
  const engine = connectEngine(viewFrom(labEnvironment(), host).self);
  try {
    const container = engine.docker.getContainer(containerName(store));
    const [{ State: state }, log] = await Promise.all([
      container.inspect(),
      container.logs({ stdout: true, stderr: true, tail: 20 }),
    ]);
    return { health: state.Health?.Log.at(-1)?.Output ?? "", log: log.toString("utf8") };
  } finally {
    engine.close();
  }
}

/** Waits until both stores' guards of a host say something in their health checks. */
export async function untilGuardsSay(
  host: HostName,
  says: RegExp,
  stores: readonly StoreName[] = STORE_NAMES,
): Promise<void> {
  for (const store of stores) {
    const { reading } = await pollUntil(
      () => guardWords(host, store).catch((error: unknown) => ({ health: String(error), log: "" })),
      ({ health, log }) => says.test(health) && says.test(log),
      { deadlineMs: 120_000, pauseMs: 500 },
    );
    expect(reading.health, `${store} of ${host}: its health check`).to.match(says);
    expect(reading.log, `${store} of ${host}: its log`).to.match(says);
  }
}
