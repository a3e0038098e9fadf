import { setTimeout as sleep } from "node:timers/promises";
import { slotName } from "../../settings/names";
import { pollUntil } from "../hosts/bounded";
import { requireDrillLock } from "../hosts/drill-lock";
import { openSql } from "../hosts/sessions";
import { dropIdleSlot, ensureSlot, streamingTo } from "../hosts/postgres";
import { messageOf, UserError } from "../../settings/user-error";
import { AgentLink } from "./agent-link";
import type { PostgresDecision } from "./decide-postgres";
import { describeContent } from "./diverged";
import { postgresManifestSchema } from "./manifest";
import { orderFor, orderWords, type Order } from "./order";
import { parseOwnData, type CarriedOut, type OwnData } from "./own-data";
import { planPostgres, type PostgresPlan } from "./postgres-plan";
import type { PostgresReturn } from "./report";
import type { RejoinContext } from "./rejoin-context";
import { summariseSalvage } from "./salvage-summary";

/** A standby that has just been started, and one that has been given up on. */
const STREAMS_MS = 90_000;
const AT_ONCE_MS = 5000;
const LOOK_MS = 1000;
/** A standby that runs beside an order for so many looks has not seen it. */
const OVERLOOKED_AFTER = 20;

/** Brings PostgreSQL back to streaming from the primary. Safe to run again after a crash anywhere. */
export async function returnPostgres(context: RejoinContext): Promise<PostgresReturn> {
  const agent = new AgentLink(context.engine.docker, context.host.name);
  try {
    return await bringBack(context, agent);
  } finally {
    agent.close();
  }
}

async function bringBack(context: RejoinContext, agent: AgentLink): Promise<PostgresReturn> {
  const { host, peer, primarySql } = context;
  const slot = slotName(host.name);
  const before = parseOwnData(await agent.ask("rejoin-facts"));
  let carriedOut = before.carriedOut;
  let why = carriedOut === null ? "it streams already" : "an earlier run brought it back";
  if (before.order !== null || !(before.standbySignal && (await streams(context, AT_ONCE_MS)))) {
    const plan = await planPostgres(context, agent);
    if (plan.decision.action === "refuse") throw new UserError(plan.decision.why, plan.decision.next, 3);
    why = plan.decision.why;
    if (context.onlyUndiverged && diverges(plan.decision)) throw divergedRefusal(context, plan);
    if (plan.peer.slot === "lost") await dropIdleSlot(primarySql, slot);
    await ensureSlot(primarySql, slot);
    const id = `${context.salvage}-${process.pid}`;
    const order = orderFor(plan.decision, plan.own, { id, salvage: context.salvage, giveUp: context.giveUpWrites });
    carriedOut = await carryOut(context, agent, order, plan.own);
    if (!(await streams(context, STREAMS_MS))) {
      carriedOut = await cloneInstead(context, agent, carriedOut);
      why = `${why}; it did not stream from ${peer.name} after that`;
    }
  }
  await dropOldSlot(context);
  return describe(context, carriedOut, why);
}

function diverges(decision: PostgresDecision): boolean {
  return (decision.action === "rewind" || decision.action === "clone") && decision.diverged !== null;
}

function divergedRefusal({ host }: RejoinContext, { decision, content }: PostgresPlan): UserError {
  const holds = content === null ? "" : ` (${describeContent(content)})`;
  return new UserError(
    `PostgreSQL on ${host.name} is not returned unasked: ${decision.why}${holds}`,
    `understudy rejoin ${host.name}`,
    3,
  );
}

/** Forgets what the boot guard kept for the evidence, once that is written. */
export async function forgetReturn(context: Pick<RejoinContext, "engine" | "host">): Promise<void> {
  const agent = new AgentLink(context.engine.docker, context.host.name);
  await agent.ask("rejoin-reported").finally(() => agent.close());
}

async function streams({ primarySql, host }: RejoinContext, deadlineMs: number): Promise<boolean> {
  const { reached } = await pollUntil(
    () => streamingTo(primarySql, slotName(host.name)).catch(() => null),
    (streaming) => streaming?.state === "streaming",
    { deadlineMs, pauseMs: 250 },
  );
  return reached;
}

/** Gives the order, or waits for an earlier run's. @throws UserError with the guard's reason when it was given up */
async function carryOut(
  context: RejoinContext,
  agent: AgentLink,
  order: Order | undefined,
  { segmentBytes }: Pick<OwnData, "segmentBytes">,
): Promise<CarriedOut | null> {
  const { host, phase } = context;
  if (order !== undefined) {
    phase(
      `${host.name}: PostgreSQL ${order.mode === "follow" ? "follows as it is" : `is brought back by a ${order.mode}`}`,
    );
    await requireDrillLock({ host: context.peer, sql: context.primarySql });
    await agent.ask(`rejoin-order ${orderWords(order, segmentBytes)}`);
  }
  let said = "";
  let overlooked = 0;
  for (;;) {
    const own = parseOwnData(await agent.ask("rejoin-facts"));
    if (own.status !== said && own.status.startsWith("rejoining")) phase(`${host.name}: ${own.status}`);
    said = own.status;
    if (own.order === null) {
      if (own.failed === null) return own.carriedOut;
      throw new UserError(
        `PostgreSQL on ${host.name} was not brought back, nothing was lost: ${own.failed}`,
        `understudy rejoin ${host.name} --execute`,
      );
    }
    // The guard looks for an order before it starts a server: one that came just then is given again.
    overlooked = own.running && own.status.startsWith("standby") ? overlooked + 1 : 0;
    if (order !== undefined && overlooked % OVERLOOKED_AFTER === OVERLOOKED_AFTER - 1) {
      await agent.ask(`rejoin-order ${orderWords(order, segmentBytes)}`);
    }
    await sleep(LOOK_MS);
  }
}

/** The last way: nobody knows why it does not stream, so its data folder is kept beside the clone. */
async function cloneInstead(
  context: RejoinContext,
  agent: AgentLink,
  before: CarriedOut | null,
): Promise<CarriedOut | null> {
  const { host, peer, phase } = context;
  const own = parseOwnData(await agent.ask("rejoin-facts"));
  const how = before?.how;
  if (how !== "rewound" && how !== "followed") {
    throw new UserError(
      `PostgreSQL on ${host.name} is a standby and does not stream from ${peer.name}; its boot guard says: ${own.status}`,
      `docker logs understudy-timescaledb on ${host.name}, then understudy rejoin ${host.name} --execute`,
    );
  }
  phase(`${host.name}: PostgreSQL was ${how} and does not stream: it is cloned, and the old data folder kept`);
  const id = `${context.salvage}-${process.pid}-clone`;
  const salvage = `${context.salvage}-unfollowed`;
  const order: Order = { id, mode: "clone", salvage, checkpoint: null, diverged: null, words: "keep" };
  const cloned = await carryOut(context, agent, order, own);
  if (await streams(context, STREAMS_MS)) return cloned && { ...cloned, salvage: before?.salvage ?? cloned.salvage };
  throw new UserError(
    `PostgreSQL on ${host.name} was cloned and does not stream from ${peer.name}`,
    `docker logs understudy-timescaledb on ${host.name}`,
  );
}

/** A slot left from the time when this host was primary would keep WAL for nobody. */
async function dropOldSlot({ host, peer, environment, credentials, phase }: RejoinContext): Promise<void> {
  try {
    const sql = await openSql(host, environment, credentials);
    await dropIdleSlot(sql, slotName(peer.name)).finally(() => sql.end());
  } catch (error) {
    phase(`${host.name}: the slot of ${peer.name} could not be dropped: ${messageOf(error)}`);
  }
}

async function describe({ engine }: RejoinContext, done: CarriedOut | null, why: string): Promise<PostgresReturn> {
  if (done === null) return { how: "already-following", why, diverged: null, salvage: null };
  if (done.salvage === null) return { how: done.how, why, diverged: null, salvage: null };
  const { manifest, summary } = await summariseSalvage(engine, "timescaledb", done.salvage, postgresManifestSchema);
  const { timeline, fromLsn, toLsn, diverged: content } = manifest;
  const diverged = { timeline, fromLsn, toLsn, ...(content === undefined ? {} : { content }) };
  return { how: done.how, why, diverged, salvage: summary };
}
