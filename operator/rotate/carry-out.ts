import { bounded, pollUntil } from "../../drills/hosts/bounded";
import { connectEngine } from "../../drills/hosts/engine";
import { localServer } from "../../drills/hosts/local-postgres";
import { withBackupContainer } from "../../drills/services/backup/backup-container";
import { tellGrafana } from "../../drills/services/grafana/admin-password";
import type { Environment } from "../../settings/environment";
import { containerName } from "../../settings/names";
import { formerKey, sinceKey, type Credentials } from "../../settings/credentials";
import { UserError } from "../../settings/user-error";
import { writeSecret } from "../certificates/secret-config";
import { upStack } from "../failover/bring-up";
import type { HostStack } from "../failover/pair-stacks";
import { takesNew, type HostFacts, type RotationStep } from "./plan";
import type { RotatedSecret } from "./rotated-secret";

const ENGINE_MS = 20_000;
/** How long a server may take to have what it was told, or what its primary was told. */
const SEEN = { deadlineMs: 60_000, pauseMs: 1000 };
/** After five wrong logins Grafana lets nobody in for five minutes, whatever the password. */
const SEEN_OF_GRAFANA = { deadlineMs: 330_000, pauseMs: 90_000 };
/** A repository that is at work is waited for: its own bound is shorter, and has the reason. */
const KEY_MS = 420_000;

/** What the steps of one exchange work with. */
export interface RotationWork {
  readonly secret: RotatedSecret;
  readonly stacks: readonly HostStack[];
  readonly old: string | null;
  readonly fresh: string;
  readonly environment: Environment;
  /** The pair's passwords. */
  readonly credentials: Credentials;
  /** What is seen of a host now. */
  readonly look: (host: string) => Promise<HostFacts>;
  readonly phase: (words: string) => void;
}

/** Does one step; doing it again does no harm. @throws Error with what kept it from being done */
export async function carryOut(step: RotationStep, work: RotationWork): Promise<void> {
  const { key } = work.secret;
  switch (step.kind) {
    case "keep-old":
      if (work.old === null) throw new Error("the former value is not known");
      // For who looks; the time alone is no secret.
      await stackOf(step.stack, work).stack.setConfig(`understudy:${sinceKey(key)}`, {
        value: new Date().toISOString(),
      });
      return writeSecret(stackOf(step.stack, work), formerKey(key), work.old);
    case "write-new":
      return writeSecret(stackOf(step.stack, work), key, work.fresh);
    case "forget-old":
      return forgetOld(stackOf(step.stack, work), key);
    case "files":
      await upStack(onHost(step.host, work), work.phase);
      return;
    case "tell-primary":
      return tellPrimary(onHost(step.host, work), work);
    case "tell-host":
      return step.what === "grafana"
        ? tellHostsGrafana(onHost(step.host, work), work.fresh)
        : tellRepository(step.host, work, "add-key");
    case "drop-key":
      return tellRepository(step.host, work, "drop-key");
    case "see-new":
      return untilSeen(step.host, work, takesNew);
    case "see-only-new":
      return untilSeen(step.host, work, ({ redis }) => redis === null || redis === "new");
  }
}

async function tellHostsGrafana({ host }: HostStack, fresh: string): Promise<void> {
  const engine = connectEngine(host);
  try {
    await tellGrafana(engine.docker, containerName("grafana"), fresh);
  } finally {
    engine.close();
  }
}

/** The passwords are in the container's files: none is told by this. */
async function tellRepository(
  host: string,
  { environment }: RotationWork,
  word: "add-key" | "drop-key",
): Promise<void> {
  await withBackupContainer(environment, host, (container) => container.tell([word], KEY_MS));
}

/** The time first: an exchange that began before there was one has none. */
async function forgetOld({ stack }: HostStack, key: string): Promise<void> {
  const since = `understudy:${sinceKey(key)}`;
  if ((await stack.getAllConfig())[since] !== undefined) await stack.removeConfig(since);
  await stack.removeConfig(`understudy:${formerKey(key)}`);
}

async function tellPrimary({ host }: HostStack, { secret, fresh, credentials }: RotationWork): Promise<void> {
  const engine = connectEngine(host);
  const server = localServer(engine.docker, host.name);
  try {
    const sql = await bounded(`${host.name}: PostgreSQL`, ENGINE_MS, server.open("template1"));
    await sql.query(secret.statement(fresh, credentials));
  } finally {
    server.close();
    engine.close();
  }
}

async function untilSeen(host: string, { look }: RotationWork, isSeen: (facts: HostFacts) => boolean): Promise<void> {
  const first = await look(host);
  if (isSeen(first)) return;
  const bounds = (first.grafana ?? null) === null ? SEEN : SEEN_OF_GRAFANA;
  const { reading, reached } = await pollUntil(() => look(host), isSeen, bounds);
  if (reached) return;
  const { postgres, redis, grafana, repository } = reading;
  const said = Object.entries({ PostgreSQL: postgres, Redis: redis, Grafana: grafana, repository });
  const words = said.flatMap(([what, has]) => (has === null || has === undefined ? [] : [`${what} takes ${has}`]));
  throw new Error(`not seen within ${bounds.deadlineMs / 1000} s: ${words.join(", ")}`);
}

function stackOf(stack: string, { stacks }: RotationWork): HostStack {
  return found(
    stacks.find((one) => one.host.stack === stack),
    stack,
  );
}

function onHost(host: string, { stacks }: RotationWork): HostStack {
  return found(
    stacks.find((one) => one.host.name === host),
    host,
  );
}

function found(one: HostStack | undefined, name: string): HostStack {
  if (one === undefined) throw new UserError(`${name} is not part of the pair`, "understudy status", 2);
  return one;
}
