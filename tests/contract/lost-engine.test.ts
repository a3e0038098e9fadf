import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { expect } from "chai";
import { temporaryFolder } from "../support/temporary-folder";

const CHECKOUT = path.resolve(__dirname, "../..");

/** A provider as Pulumi makes one: it serves until it is ended, and writes every error that nobody handles to stderr. */
const PROVIDER = `
  process.on("uncaughtException", (error) => console.error(error.stack));
  require("node:net").createServer().listen(0, "127.0.0.1");
  const { underEngine } = require("tsx/cjs/api").require("./drills/engine/under-engine.ts", "${CHECKOUT}/provider.cjs");
  underEngine(async () => {
    const { setTimeout: sleep } = require("node:timers/promises");
    const told = require("node:events").once(process, "SIGUSR2");
    process.stdout.write("begun\\n");
    await told;
    for (let line = 0; line < 20; line += 1) {
      console.error("a line that nobody reads");
      await sleep(1);
    }
    require("node:fs").writeFileSync(process.argv[3], "");
  });`;

describe("a provider whose engine was killed", function () {
  this.timeout(30_000);
  this.slow(10_000);
  const folder = temporaryFolder();

  it("brings its work to an end, and leaves when it has nothing to do", async () => {
    const engine = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
    await once(engine, "listening");
    const address = `127.0.0.1:${(engine.address() as AddressInfo).port}`;
    const done = path.join(folder(), "done");
    // Under `-e` the arguments begin one place earlier than those of a program.
    const child = spawn(process.execPath, ["-e", PROVIDER, "provider", address, done], { cwd: CHECKOUT });
    try {
      await once(child.stdout, "data");
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
      engine.close();
      child.kill("SIGUSR2");
      const [code] = (await once(child, "exit")) as [number | null];
      expect(code).to.equal(0);
      expect(existsSync(done)).to.equal(true);
    } finally {
      engine.close();
      child.kill("SIGKILL");
    }
  });
});
