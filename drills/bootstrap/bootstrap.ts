import path from "node:path";
import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { containerName, DATABASE, REPLICATION_USER, slotName } from "../../settings/names";
import type { HostView, Role } from "../../settings/pair";
import { bounded, pollUntil } from "../hosts/bounded";
import { openAgent, type Agent } from "../hosts/agent";
import { connectEngine, type HostEngine } from "../hosts/engine";
import { readInContainer, runInContainer } from "../hosts/run-in-container";
import { openRedis, openSql } from "../hosts/sessions";
import { asSession, localServer, type LocalServer, type LocalSession } from "../hosts/local-postgres";
import { ensureSlot, streamingTo } from "../hosts/postgres";
import { makeOwnRoles } from "./accounts";
import { scramVerifier } from "./scram";
import { identifyRedis } from "../hosts/redis";
import { messageOf } from "../../settings/user-error";
import { createJournal } from "./journal";
import { waysBack, type PairIdentity } from "../../settings/pair-identity";
import { SERVICES, STORE_NAMES, type StoreName } from "../../settings/services";

const READY_MS = 120_000;
const PAUSE_MS = 250;
const DECIDED_MS = 30_000;
const OPENS_MS = 8000;

/** What the agent says of a data folder that has a database. */
const ALREADY_INITIALISED = "already-initialised";

/**
 * Gives a host's empty stores their first role; a store that already has data is left as it is, whatever it is now. A
 * former primary whose boot guard holds it is not waited for: its standby's stack may have to come up first.
 * @param identity whose data the pair's are, where it has had any: a primary without them does not begin beside them
 * @throws Error saying which store did not come up, and what its boot guard says, or which lacks the pair's data
 */
export async function bootstrapStores(
  view: HostView,
  role: Role,
  environment: Environment,
  credentials: Credentials,
  identity: PairIdentity,
): Promise<string> {
  const engine = connectEngine(view.self);
  const guard = SERVICES.redis.guardFolder;
  try {
    const agent = await bounded(`${view.self.name}: Docker engine`, 20_000, openAgent(engine.docker, view.self.name));
    const found = await decidedStatus(agent);
    if (role === "primary") await requireData(view, environment, { engine, agent, identity });
    if (role === "standby" && found.startsWith("standby") && (await lacksData(view))) return ALREADY_INITIALISED;
    if (role === "standby") await prepareForStandby(view, agent, found);
    const told = (await agent.ask(`init ${role}`)).get("result")?.[0] ?? "";
    await runInContainer(engine.docker, containerName("redis"), [
      "sh",
      "-c",
      `[ -f ${guard}/redis.conf ] || printf '%s\\n' ${role} > ${guard}/init`,
    ]);
    if (told === ALREADY_INITIALISED && found.startsWith("held")) return told;
    await (role === "primary"
      ? primaryReady(view, engine, agent, environment, credentials)
      : standbyReady(view, agent, environment, credentials));
    agent.close();
    return told;
  } finally {
    engine.close();
  }
}

/** @throws Error naming the store that has no data where the pair has had some, and the ways back */
async function requireData(
  { self, peer }: HostView,
  environment: Environment,
  { engine: { docker }, agent, identity }: { engine: HostEngine; agent: Agent; identity: PairIdentity },
): Promise<void> {
  const data = (await agent.ask("rejoin-facts")).get("data")?.[0];
  const empty: StoreName[] = data === "no" ? ["timescaledb"] : [];
  const folder = path.posix.dirname(SERVICES.redis.guardFolder);
  const files = `[ -n "$(ls -A ${folder}/appendonlydir 2>/dev/null)" ] && echo data || echo empty`;
  const said = (await readInContainer(docker, containerName("redis"), ["sh", "-c", files])).trim();
  if (said === "empty") empty.push("redis");
  const lost = empty.find((store) => identity[store] !== undefined);
  if (lost === undefined) return;
  throw new Error(
    `${lost} on ${self.name} has no data, and this pair has had some (${identity[lost] ?? ""}): it does not begin anew; next: ${waysBack(environment, self.name, lost, peer)}`,
  );
}

/** Whether the primary's PostgreSQL is not there at all, or has no data: then a standby that has some need not wait for it. */
async function lacksData({ peer }: HostView): Promise<boolean> {
  if (peer === undefined) return false;
  const engine = connectEngine(peer);
  const file = `${SERVICES.timescaledb.guardFolder}/status`;
  try {
    const status = runInContainer(engine.docker, containerName("timescaledb"), ["cat", file]);
    return /^held empty\b/.test(await bounded(`${peer.name}: Docker engine`, 20_000, status));
  } catch (error) {
    return (error as { statusCode?: number }).statusCode === 404;
  } finally {
    engine.close();
  }
}

/** What the boot guard has decided, or is still undecided about after a while. */
async function decidedStatus(agent: Agent): Promise<string> {
  const { reading } = await pollUntil(
    async () => (await agent.ask("status")).get("status")?.[0] ?? "",
    (status) => status !== "" && !status.startsWith("asking"),
    { deadlineMs: DECIDED_MS, pauseMs: PAUSE_MS },
  );
  return reading;
}

/**
 * The primary keeps WAL for its new standby, and both its guards learn that it is no longer alone. A standby that has
 * data already waits for its primary, whose boot guard may be waiting for this standby.
 */
async function prepareForStandby({ self, peer }: HostView, agent: Agent, found: string): Promise<void> {
  if (peer === undefined) throw new Error(`${self.name} stands alone: the only host of an environment is its primary`);
  const engine = connectEngine(peer);
  const server = localServer(engine.docker, peer.name);
  const close = (): void => {
    server.close();
    engine.close();
  };
  const open = (): Promise<LocalSession> => bounded(`${peer.name}: PostgreSQL`, OPENS_MS, server.open());
  const opened = found.startsWith("standby") ? eventually(`${peer.name}: PostgreSQL`, agent, open) : open();
  const sql = await opened.catch((error: unknown) => {
    close();
    throw new Error(
      `${peer.name}, the primary, does not answer: ${messageOf(error)}; next: pulumi -s ${peer.stack} up`,
    );
  });
  try {
    await ensureSlot(asSession(sql), slotName(self.name));
    await markPaired(engine);
  } finally {
    close();
  }
}

async function markPaired({ docker }: HostEngine): Promise<void> {
  await Promise.all(
    STORE_NAMES.map((store) =>
      runInContainer(docker, containerName(store), ["sh", "-c", `: > ${SERVICES[store].guardFolder}/paired`]),
    ),
  );
}

/** Waits for `ask` to stop throwing. */
async function eventually<T>(what: string, agent: Agent, ask: () => Promise<T>): Promise<T> {
  type Answer = { readonly value: T } | { readonly error: unknown };
  const { reading, reached } = await pollUntil<Answer>(
    () =>
      ask().then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      ),
    (answer) => "value" in answer,
    { deadlineMs: READY_MS, pauseMs: PAUSE_MS },
  );
  if (reached && "value" in reading) return reading.value;
  const status = await agent.ask("status").then((answer) => answer.get("status")?.[0], messageOf);
  throw new Error(
    `${what} is not ready after ${READY_MS / 1000} s: ${"error" in reading ? messageOf(reading.error) : ""}; its boot guard says: ${status ?? "nothing"}`,
  );
}

/**
 * A session of the server that stays. While an image makes a new data folder it runs another one, which nobody reaches but
 * by the local socket, and ends it within the moment.
 * @throws Error while that one is there
 */
export async function openLasting(server: Pick<LocalServer, "open">): Promise<LocalSession> {
  const session = await server.open("template1");
  const { rows } = await session.query<{ listens: string }>("select current_setting('listen_addresses') as listens");
  if (rows[0]?.listens !== "") return session;
  await session.end();
  throw new Error("its data folder is still being made");
}

async function primaryReady(
  { self }: HostView,
  { docker }: HostEngine,
  agent: Agent,
  environment: Environment,
  credentials: Credentials,
): Promise<void> {
  const server = localServer(docker, self.name);
  try {
    const open = (): Promise<LocalSession> => bounded("local socket", OPENS_MS, openLasting(server));
    const admin = await eventually(`${self.name}: PostgreSQL`, agent, open);
    await createRoleAndDatabase(admin, credentials);
    // In template1 no longer: while a session is there nobody else can create a database.
    await admin.end();
    const sql = await server.open(DATABASE);
    await createJournal(asSession(sql));
    await makeOwnRoles(sql, credentials);
  } finally {
    server.close();
  }
  // By the way that everybody takes: it is published, and the roles are let in.
  await eventually(`${self.name}: PostgreSQL`, agent, async () => {
    await (await openSql(self, environment, credentials)).end();
  });
  await eventually(`${self.name}: Redis`, agent, async () => {
    const redis = await openRedis(self, environment, credentials);
    await redis.command("CONFIG", "REWRITE").finally(() => {
      redis.close();
    });
  });
}

/**
 * @param replication may have any characters, which a verifier would have to prepare: the server does, and the statement
 * goes over the local socket alone
 */
async function createRoleAndDatabase(sql: LocalSession, { replication }: Credentials): Promise<void> {
  const { rows: roles } = await sql.query("select rolname from pg_roles where rolname = $1", [REPLICATION_USER]);
  if (roles.length === 0) {
    const kept = /^[!-~]+$/.test(replication) ? scramVerifier(replication) : replication.replaceAll("'", "''");
    await sql.query(`create role ${REPLICATION_USER} with login replication password '${kept}'`);
  }
  const { rows: databases } = await sql.query("select datname from pg_database where datname = $1", [DATABASE]);
  if (databases.length === 0) await sql.query(`create database ${DATABASE}`);
}

async function standbyReady(
  { self, peer }: HostView,
  agent: Agent,
  environment: Environment,
  credentials: Credentials,
): Promise<void> {
  if (peer === undefined) return;
  const primary = await openSql(peer, environment, credentials);
  try {
    await eventually(`${self.name}: PostgreSQL`, agent, async () => {
      const streaming = await streamingTo(primary, slotName(self.name));
      if (streaming?.state !== "streaming") throw new Error(`it does not stream from ${peer.name} yet`);
    });
  } finally {
    await primary.end();
  }
  await eventually(`${self.name}: Redis`, agent, async () => {
    const redis = await openRedis(self, environment, credentials);
    try {
      const { follows } = await identifyRedis(redis);
      if (follows?.linkUp !== true) throw new Error(`it does not follow ${peer.name} yet`);
      await redis.command("CONFIG", "REWRITE");
    } finally {
      redis.close();
    }
  });
}
