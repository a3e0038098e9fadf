import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import { grafanaTakes, TELL_SHELL } from "../../drills/services/grafana/admin-password";
import { ensureParts } from "../../lab/images/parts";
import { freePort } from "../support/free-port";
import { temporaryFolder } from "../support/temporary-folder";

describe("the stand-in for Grafana, and its administrator's password", function () {
  this.timeout(180_000);
  this.slow(5000);
  const folder = temporaryFolder();
  let [server, port, env] = [undefined, 0, {}] as unknown as [ChildProcess, number, NodeJS.ProcessEnv];
  let program: string;

  before(async () => {
    program = (await ensureParts(["grafana"], () => undefined)).get("grafana") ?? expect.fail("no program");
    for (const one of ["path", "data"]) mkdirSync(path.join(folder(), one));
    symlinkSync(program, path.join(folder(), "path/grafana"));
    port = await freePort();
    env = {
      ...{
        PATH: `${path.join(folder(), "path")}:${process.env["PATH"] ?? ""}`,
        GF_PATHS_DATA: path.join(folder(), "data"),
      },
      ...{ GF_SERVER_HTTP_PORT: String(port), GF_SECURITY_ADMIN_PASSWORD: "the first one" },
    };
    await start();
  });
  after(() => stop());

  async function start(): Promise<void> {
    server = spawn(program, [], { env, stdio: "ignore" });
    const health = (): Promise<boolean> =>
      fetch(`http://127.0.0.1:${port}/api/health`).then(
        ({ ok }) => ok,
        () => false,
      );
    await pollUntil(health, (well) => well, { deadlineMs: 60_000, pauseMs: 20 });
  }
  async function stop(): Promise<void> {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGKILL");
    await ended;
  }
  const takes = (password: string): Promise<boolean> => grafanaTakes({ address: "127.0.0.1" }, port, password);
  const tell = (password: string): string => {
    const { stdout } = spawnSync("sh", ["-c", TELL_SHELL], { env, input: `${password}\n`, encoding: "utf8" });
    return stdout.trim();
  };

  it("takes another one by Grafana's own command while it runs, and keeps it over a start", async () => {
    expect(await takes("the first one")).to.equal(true);
    expect(tell("another, with blanks ")).to.equal("ok");
    expect([await takes("another, with blanks "), await takes("the first one")]).to.deep.equal([true, false]);
    await stop();
    await start();
    expect(await takes("another, with blanks ")).to.equal(true);
    expect(readFileSync(path.join(folder(), "data/administrator"), "utf8")).to.not.include("another");
  });

  it("refuses one that is too short, and says why", () => {
    expect(tell("four")).to.match(/^error grafana cli exited 1: .*new password is too short/);
  });

  it("lets nobody in for a while after five wrong ones, as Grafana", async () => {
    await stop();
    await start();
    for (let turn = 0; turn < 5; turn += 1) expect(await takes(`wrong ${turn}`)).to.equal(false);
    expect(await takes("another, with blanks ")).to.equal(false);
  });
});
