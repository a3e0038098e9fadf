import { setTimeout as sleep } from "node:timers/promises";
import { clientDriver } from "../../settings/client-drivers";
import { LINGER_MS, serveCommands } from "../hosts/command-process";
import { DrillClock } from "../hosts/clock";
import { runClient } from "./client";
import { nodePostgres } from "./node-postgres";
import { nodeRedis } from "./node-redis";
import type { ClientSettings } from "./order";
import { clientCommandSchema, type ClientCommand, type ClientEvent } from "./protocol";
import { StatementLog } from "./statement-log";
import { versionOf } from "./versions";

interface Load {
  readonly whyNotReady: () => string | undefined;
  readonly finish: () => Promise<Extract<ClientEvent, { event: "record" }>>;
}

function startLoad(settings: ClientSettings): Load {
  const clock = new DrillClock(settings.originNs);
  const now = (): number => clock.now();
  const stop = new AbortController();
  const log = new StatementLog();
  const startedAtMs = now();
  let number = 0;
  const open = settings.driver === "node-postgres" ? nodePostgres(settings) : nodeRedis(settings);
  const clients = Array.from({ length: settings.clients }, (_, client) =>
    runClient({ number: client, open, log, now, nextNumber: () => (number += 1), settings, stop: stop.signal }),
  );
  const over = setTimeout(() => stop.abort(), settings.maxDurationMs);
  return {
    whyNotReady: () => {
      const behind = clients.filter((_, client) => log.answeredOf(client) < settings.readyAfter).length;
      return behind === 0 ? undefined : `${behind} of ${clients.length} clients were not answered`;
    },
    finish: async () => {
      stop.abort();
      clearTimeout(over);
      await Promise.race([Promise.all(clients), sleep(settings.statementTimeoutMs + settings.connectTimeoutMs * 2)]);
      const finishedAtMs = now();
      return { event: "record", startedAtMs, finishedAtMs, samples: log.samples(finishedAtMs) };
    },
  };
}

let load: Load | undefined;

serveCommands<ClientCommand, ClientEvent>("client load", clientCommandSchema, async (command, self) => {
  if (command.command === "start" && load === undefined) {
    const { order } = command;
    const version = versionOf(clientDriver(order.driver)?.package ?? order.driver);
    self.say({ event: "hello", version, clockNs: String(process.hrtime.bigint()) });
    load = startLoad(order);
    setTimeout(() => self.quit(1), order.maxDurationMs + LINGER_MS).unref();
    const giveUpAt = performance.now() + order.readyWithinMs;
    while (load.whyNotReady() !== undefined && performance.now() < giveUpAt) await sleep(10);
    const reason = load.whyNotReady();
    self.say(reason === undefined ? { event: "ready" } : { event: "not-ready", reason });
  } else if (command.command === "finish" && load !== undefined) {
    self.say(await load.finish(), () => self.quit(0));
  } else {
    self.outOfTurn(command.command);
  }
});
