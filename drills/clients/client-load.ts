import { clientFigures } from "../../evidence/client-figures";
import type { ClientLoad } from "../../evidence/client-loads";
import { clientDriver } from "../../settings/client-drivers";
import { messageOf, UserError } from "../../settings/user-error";
import { bounded } from "../hosts/bounded";
import { LoadProcess, PYTHONS } from "./load-process";
import { clientOrderSchema, type ClientOrder, type ClientSettings } from "./order";
import type { ClientEvent } from "./protocol";

/** A process' start: Node reads TypeScript, on a busy machine. */
const STARTS_MS = 60_000;

/** One driver at work in a process of its own. */
export interface RunningLoad {
  readonly driver: string;
  /** The driver's version and what it runs under. */
  readonly version: string;
  /** @throws UserError when some of its clients were not answered in time; it goes on all the same */
  readonly ready: Promise<void>;
  /** Ends it. @throws UserError when its process has died: nothing is known of its clients then */
  finish(): Promise<ClientLoad>;
  /** Ends it without a record; safe at any time. */
  abort(): Promise<void>;
}

/** A driver that could not be tried, and why. */
export interface NotTried {
  readonly driver: string;
  readonly reason: string;
}

/**
 * Starts one driver's load. Passwords cross over its stdin only.
 * @throws Error where the order is wrong
 */
export async function startLoad(order: ClientOrder): Promise<RunningLoad | NotTried> {
  const settings = clientOrderSchema.parse(order);
  const { driver } = settings;
  const reasons: string[] = [];
  for (const python of clientDriver(driver)?.runs === "python3" ? PYTHONS : [undefined]) {
    const child = new LoadProcess(settings, python);
    try {
      // Whoever cannot be started says so where it is greeted.
      child.started.catch(() => undefined);
      child.send({ command: "start", order: settings });
      return running(child, settings, await greeted(child));
    } catch (error) {
      await child.end().catch(() => undefined);
      reasons.push(messageOf(error));
    }
  }
  return { driver, reason: [...new Set(reasons)].join("; ").slice(0, 500) };
}

/** @throws Error when the driver is not installed, the process does not start, or its clock is not this machine's */
async function greeted(child: LoadProcess): Promise<string> {
  const before = process.hrtime.bigint();
  await child.started;
  const said = child.next(({ event }) => event === "hello" || event === "unavailable");
  const hello = await bounded("the client load", STARTS_MS, said);
  if (hello.event !== "hello") throw new Error(hello.event === "unavailable" ? hello.reason : "it said nothing");
  const clock = BigInt(hello.clockNs);
  if (clock < before || clock > process.hrtime.bigint()) throw new Error("its monotonic clock is not this machine's");
  return hello.version;
}

function running(child: LoadProcess, settings: ClientSettings, version: string): RunningLoad {
  const { driver } = settings;
  const ready = (async () => {
    const said = child.next(({ event }) => event === "ready" || event === "not-ready");
    const event = await bounded(`the client load of ${driver}`, settings.readyWithinMs + STARTS_MS, said);
    if (event.event === "not-ready")
      throw new UserError(`the client load of ${driver} is not ready: ${event.reason}`, "understudy status");
  })();
  ready.catch(() => undefined);
  return {
    driver,
    version,
    ready,
    finish: async () => {
      const said = child.next(({ event }) => event === "record");
      child.send({ command: "finish" });
      const atMost = settings.statementTimeoutMs + 2 * settings.connectTimeoutMs + STARTS_MS;
      try {
        return loadOf(settings, version, await bounded(`the client load of ${driver}`, atMost, said));
      } finally {
        await child.end();
      }
    },
    abort: () => child.end(),
  };
}

function loadOf(settings: ClientSettings, version: string, event: ClientEvent): ClientLoad {
  if (event.event !== "record") throw new UserError("the client load gave no record", "understudy status");
  const { driver, route, resend, clients, intervalMs } = settings;
  const row = clientDriver(driver);
  if (row === undefined) throw new Error(`no driver ${driver}`);
  const { startedAtMs, finishedAtMs, samples } = event;
  return {
    ...{
      driver,
      version,
      store: row.store,
      route,
      resends: resend ? ("counted" as const) : row.resends,
      clients,
      intervalMs,
    },
    ...{ startedAtMs, finishedAtMs, samples },
    ...clientFigures(samples),
  };
}
