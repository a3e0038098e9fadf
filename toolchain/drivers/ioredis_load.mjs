// Writes to Redis with ioredis, and says what became of each write: tests/support/driver-load.ts speaks to it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import tls from "node:tls";

// The drivers lie in a folder of their own: the first word.
const load = createRequire(path.join(process.argv[2], "package.json"));
const { Redis } = load("ioredis");
const said = { sent: 0, answered: 0, failed: 0, unknown: 0, resent: 0, codes: {}, slow: [] };
let stopped = false;

async function write(client, run) {
  const began = performance.now();
  said.sent += 1;
  try {
    await client.xadd("understudy:events", "*", "run", run, "seq", "1");
    said.answered += 1;
  } catch (error) {
    const isReply = error.name === "ReplyError";
    const code = isReply ? error.message.split(" ", 1)[0] : "closed";
    said.codes[code] = (said.codes[code] ?? 0) + 1;
    said[isReply ? "failed" : "unknown"] += 1;
  }
  const took = performance.now() - began;
  if (took > 20) said.slow.push([performance.timeOrigin + began, took]);
}

async function work(order, ready) {
  const { host, port, ca, password, run, intervalMs, resend } = order;
  const client = new Redis({
    ...{ host, port, password: password || undefined },
    tls: { ca: readFileSync(ca, "utf8"), checkServerIdentity: (_, shown) => tls.checkServerIdentity(host, shown) },
    // What lost its connection unanswered is not sent again; what was refused with READONLY is, over a new connection.
    autoResendUnfulfilledCommands: false,
    // It may forget such a command, by its source; then nobody would be told.
    commandTimeout: 20_000,
    retryStrategy: () => 5,
    reconnectOnError: (error) => {
      if (!resend || !error.message.startsWith("READONLY")) return false;
      said.resent += 1;
      return 2;
    },
  });
  client.on("error", () => {});
  await write(client, run);
  ready();
  while (!stopped) {
    await sleep(intervalMs);
    await write(client, run);
  }
  client.disconnect();
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const order = JSON.parse((await lines.next()).value);
let behind = order.clients;
const clients = Array.from({ length: order.clients }, () =>
  work(order, () => {
    behind -= 1;
    if (behind === 0) console.log('{"ready":true}');
  }),
);
await lines.next();
stopped = true;
await Promise.all(clients);
console.log(JSON.stringify({ version: `ioredis ${load("ioredis/package.json").version}`, ...said }));
process.exit(0);
