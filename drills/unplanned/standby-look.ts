import { messageOf } from "../../settings/user-error";
import type { StoreName } from "../../settings/services";
import { openAgentOf, type AgentAnswer } from "../hosts/agent";
import { sessionOptions } from "../hosts/postgres-session";
import { guardScript } from "../hosts/guard-script";
import type { HostSessions } from "../hosts/sessions";
import type { Look, LookAt, OpenEyes, StandbyEyes } from "./look";

/** What looks, by the store that it looks at. The program is given to the shell as it is here: the container may be older. */
const PROGRAM: Readonly<Record<StoreName, readonly string[]>> = {
  timescaledb: ["postgres-eyes.sh"],
  redis: ["redis-login.sh", "redis-eyes.sh"],
};

/** Beyond the bound of a look: one that ends by it has its answer still on its way. */
const GRACE_SECONDS = 2;

/** The command that looks at a store's peer, by `shell`; its session brings its own settings, as every one of ours. */
export function eyesCommand(store: StoreName, shell: readonly string[] = ["sh"]): readonly string[] {
  const program = PROGRAM[store].map((name) => guardScript(name)).join("\n");
  const settings = store === "timescaledb" ? [`PGOPTIONS=${sessionOptions()}`] : [];
  return ["env", ...settings, ...shell, "-c", program];
}

/**
 * Opens the standby's two ways to its peer. The agent that keeps the drill's journal is none of them: a look at a silent
 * peer takes its time, and what is told to that agent meanwhile would wait for its end.
 */
export async function openStandbyEyes({
  engine: { docker },
  host,
}: Pick<HostSessions, "engine" | "host">): Promise<OpenEyes> {
  const open = (store: StoreName): ReturnType<typeof openAgentOf> =>
    openAgentOf(docker, host.name, store, eyesCommand(store));
  const opening = [open("timescaledb"), open("redis")] as const;
  const close = (): void => {
    for (const one of opening) void one.then((agent) => agent.close()).catch(() => undefined);
  };
  try {
    const [timescaledb, redis] = await Promise.all(opening);
    return { timescaledb, redis, host, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** From inside the standby's containers, over the network between the hosts. */
export function standbyLook(eyes: StandbyEyes, store: StoreName): LookAt {
  return async (timeoutMs) => {
    const seconds = Math.max(1, Math.ceil(timeoutMs / 1000));
    try {
      return lookOf(await eyes[store].ask(String(seconds), (seconds + GRACE_SECONDS) * 1000), eyes.host.name, seconds);
    } catch (error) {
      // Nobody looked: that says nothing of the server.
      return {
        answers: false,
        alive: true,
        code: "no-look",
        detail: `could not be looked at from ${eyes.host.name}: ${messageOf(error)}`,
      };
    }
  };
}

function lookOf(answer: AgentAnswer, host: string, seconds: number): Look {
  const value = (key: string): string | undefined => answer.get(key)?.[0];
  const role = value("role");
  if (role === "primary" || role === "standby") return { answers: true, role };
  switch (value("sign")) {
    case "silent":
      return { answers: false, alive: false, code: null, detail: `nothing answers ${host} within ${seconds} s` };
    case "lives": {
      const [code, words] = [value("code") ?? "no-code", (value("words") ?? "").trim()];
      return {
        answers: false,
        alive: true,
        code,
        detail: `lives, and lets nobody in from ${host}: ${words === "" ? code : `${code}: ${words}`}`,
      };
    }
    case undefined:
    default:
      return { answers: false, alive: true, code: "no-look", detail: `could not be asked from ${host}` };
  }
}
