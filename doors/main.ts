import { rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import path from "node:path";
import { createInterface } from "node:readline";
import { DOOR_PORTS } from "../settings/door-ports";
import { DOOR_SOCKETS, HOLD_MS } from "../settings/doors";
import { Keeper, type KeeperTimes } from "./keeper";
import { PoolAdmin } from "./pool-admin";

/** Answers each line in turn: what the keeper says, then `ok`, or `error` and why. */
function converse(keeper: Keeper, socket: Socket): void {
  let turn: Promise<unknown> = Promise.resolve();
  const lines = createInterface({ input: socket });
  // Both tell of a connection that is lost; whoever was there has gone.
  for (const one of [socket, lines]) one.on("error", () => socket.destroy());
  lines.on("line", (line) => {
    turn = turn
      .then(() => keeper.follow(line))
      .then(
        (said) => socket.write([...said, "ok", ""].join("\n")),
        (error: unknown) => socket.write(`error ${(error as Error).message.replaceAll(/\s+/g, " ")}\n`),
      );
  });
}

function serve(folder: string, port: number, times: KeeperTimes | undefined): void {
  const keeper = new Keeper(new PoolAdmin(folder, port), path.join(folder, DOOR_SOCKETS.runtime), times);
  const at = path.join(folder, DOOR_SOCKETS.keeper);
  rmSync(at, { force: true });
  const server = createServer((socket) => converse(keeper, socket));
  process.umask(0o077);
  server.listen(at);
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(0));
  void keeper.run();
}

/** A drill's end of it: stdin and stdout of a process that does nothing else. */
function speak(folder: string): void {
  const socket = connect(path.join(folder, DOOR_SOCKETS.keeper));
  socket.on("error", () => process.exit(1));
  socket.on("close", () => process.exit(0));
  process.stdin.pipe(socket);
  socket.pipe(process.stdout);
}

function live(folder: string): void {
  connect(path.join(folder, DOOR_SOCKETS.keeper), () => process.exit(0)).on("error", () => process.exit(1));
}

/**
 * The program of the container `understudy-keeper`: `main.js FOLDER` keeps the door whose sockets are there, with another
 * port of PgBouncer and other times only in a test (`PORT SILENCE_MS TOLD_MS`),
 * `main.js FOLDER --speak` passes a drill's orders on, and `main.js FOLDER --live` is its health check.
 */
function main([folder = "", word = "", silence, told]: readonly string[]): void {
  if (word === "--speak") return speak(folder);
  if (word === "--live") return live(folder);
  const times =
    silence === undefined ? undefined : { silenceMs: Number(silence), toldMs: Number(told), holdMs: HOLD_MS };
  serve(folder, word === "" ? DOOR_PORTS.pooler : Number(word), times);
}

main(process.argv.slice(2));
