import { createInterface } from "node:readline";
import { writerOrderSchema, type NumberedAttempt } from "./attempt";
import { openPostgres, openRedis } from "./doors";
import { runLane, type Door } from "./lane";
import type { StoreName } from "../../settings/services";

/**
 * One host's writer, a process of its own inside the host's network namespace but in none of its control groups: it lives on when the
 * host loses its power, and no cut of the host's links comes between it and the host's own ports.
 */
function main(): void {
  const input = createInterface({ input: process.stdin });
  const stop = new AbortController();
  input.on("close", () => stop.abort());
  process.stdout.on("error", () => process.exit(1));
  input.once("line", (line) => {
    const order = writerOrderSchema.parse(JSON.parse(line));
    const lane = (store: StoreName, open: () => Promise<Door>): Promise<void> =>
      runLane({
        open,
        intervalMs: order.intervalMs,
        timeoutMs: order.timeoutMs,
        stop: stop.signal,
        onAttempt: ({ number, startMs, endMs, accepted }: NumberedAttempt, reason) =>
          process.stdout.write(
            `${JSON.stringify([store, number, startMs, endMs, accepted, ...(reason === undefined ? [] : [reason])])}\n`,
          ),
      });
    void Promise.all([lane("timescaledb", () => openPostgres(order)), lane("redis", () => openRedis(order))]).then(() =>
      process.exit(0),
    );
  });
}

main();
