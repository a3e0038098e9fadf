import type { LabHost } from "../../lab/host/layout";
import { run } from "../../lab/host/run";

/**
 * Prints every TCP port of an address that takes a connection, on one line. It pauses between two lots of ports: a host
 * remembers every connection for some seconds, and has room for so many.
 */
const SCAN = `
const { connect } = require("node:net");
const { setTimeout: sleep } = require("node:timers/promises");
const [address] = process.argv.slice(1);
const knock = (port) =>
  new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: 3000 });
    const end = (open) => (socket.destroy(), resolve(open ? [port] : []));
    socket.on("connect", () => end(true)).on("timeout", () => end(false)).on("error", () => end(false));
  });
(async () => {
  const open = [];
  for (let first = 1; first <= 65535; first += 512) {
    const lot = Array.from({ length: Math.min(512, 65536 - first) }, (_, at) => first + at);
    open.push(...(await Promise.all(lot.map(knock))).flat());
    await sleep(100);
  }
  console.log(open.join(" "));
})();`;

/** Every TCP port of an address that takes a connection from this machine, or from another host of the lab. */
export async function scan(address: string, from?: LabHost): Promise<readonly number[]> {
  const node = [process.execPath, "-e", SCAN, address] as const;
  const [program = "", ...words] = from === undefined ? node : ["nsenter", `--net=${from.namespaceFile}`, ...node];
  const said = (await run(program, words, { timeoutMs: 120_000 })).trim();
  return said === "" ? [] : said.split(" ").map(Number);
}
