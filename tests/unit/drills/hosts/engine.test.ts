import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { pollUntil } from "../../../../drills/hosts/bounded";
import { connectEngine, sshArguments } from "../../../../drills/hosts/engine";
import { temporaryFolder } from "../../../support/temporary-folder";

const QUIET = ["-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "-T"];

describe("the arguments of OpenSSH", () => {
  it("carry the host's configuration file, port and user", () => {
    const host = { docker: "ssh://root@10.91.0.11:2222", ssh_config: "/etc/understudy/ssh" };
    expect(sshArguments(host)).to.deep.equal([
      ...["-F", "/etc/understudy/ssh", ...QUIET],
      ...["-p", "2222", "-l", "root", "--", "10.91.0.11"],
    ]);
  });

  it("leave to the operator's own configuration what the endpoint does not say", () => {
    expect(sshArguments({ docker: "ssh://host-a.example" })).to.deep.equal([...QUIET, "--", "host-a.example"]);
  });

  it("never let OpenSSH ask a question, and bound how long it tries", () => {
    expect(sshArguments({ docker: "ssh://a@b" })).to.include.members(["BatchMode=yes", "ConnectTimeout=5"]);
  });

  it("undo the escapes of a user's name", () => {
    expect(sshArguments({ docker: "ssh://first%40corp@host-a" })).to.include("first@corp");
  });

  it("end the options before the host's name, which is then never taken for one", () => {
    expect(sshArguments({ docker: "ssh://-oProxyCommand=x" }).slice(-2)).to.deep.equal(["--", "-oProxyCommand=x"]);
  });
});

describe("an engine that says nothing", () => {
  const folder = temporaryFolder();
  const before = process.env["PATH"];
  afterEach(() => (process.env["PATH"] = before));

  const pipes = (): number => process.getActiveResourcesInfo().filter((one) => one === "PipeWrap").length;

  it("keeps nothing of this process busy once it is closed, though a master of OpenSSH keeps the session", async () => {
    writeFileSync(path.join(folder(), "ssh"), "#!/bin/sh\nsleep 5 &\nexec sleep 5\n");
    chmodSync(path.join(folder(), "ssh"), 0o755);
    process.env["PATH"] = `${folder()}:${before ?? ""}`;
    const busy = pipes();
    const engine = connectEngine({ docker: "ssh://host-a.example" });
    const asked = engine.docker.ping().catch(() => undefined);
    await sleep(200);
    expect(pipes()).to.be.greaterThan(busy);
    engine.close();
    await asked;
    const { reading } = await pollUntil(
      () => Promise.resolve(pipes()),
      (now) => now <= busy,
      { deadlineMs: 1500, pauseMs: 20 },
    );
    expect(reading).to.equal(busy);
  });

  it("opens nothing more once it is closed, for requests that waited for a connection either", async () => {
    const dialled = path.join(folder(), "dialled");
    writeFileSync(path.join(folder(), "ssh"), `#!/bin/sh\necho >> '${dialled}'\nexec sleep 5\n`);
    chmodSync(path.join(folder(), "ssh"), 0o755);
    process.env["PATH"] = `${folder()}:${before ?? ""}`;
    const lines = (): number => (existsSync(dialled) ? readFileSync(dialled, "utf8").length : 0);
    const engine = connectEngine({ docker: "ssh://host-a.example" });
    const asked = Array.from({ length: 20 }, () =>
      engine.docker.ping().then(
        () => "answered",
        () => "failed",
      ),
    );
    await pollUntil(
      () => Promise.resolve(lines()),
      (now) => now === 8,
      { deadlineMs: 5000, pauseMs: 20 },
    );
    engine.close();
    expect(new Set(await Promise.all(asked))).to.deep.equal(new Set(["failed"]));
    await sleep(100);
    expect(lines()).to.equal(8);
  });
});

/** An `ssh` that leads to an engine of one answer, and notes each start. */
const ANSWERS = `#!/usr/bin/env node
const { appendFileSync } = require("node:fs");
appendFileSync(process.env.STARTED, "x");
let heard = "";
process.stdin.on("data", (chunk) => {
  heard += chunk;
  for (let at = heard.indexOf("\\r\\n\\r\\n"); at >= 0; at = heard.indexOf("\\r\\n\\r\\n")) {
    const slow = heard.startsWith("GET /containers/slow");
    heard = heard.slice(at + 4);
    setTimeout(() => process.stdout.write("HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\n{}"), slow ? 1000 : 5);
  }
});
process.stdin.on("end", () => process.exit(0));
`;

describe("the channels to an engine", function () {
  this.timeout(20_000);
  const folder = temporaryFolder();
  const { PATH: before } = process.env;
  const started = (): string => path.join(folder(), "started");
  const starts = (): number => (existsSync(started()) ? readFileSync(started(), "utf8").length : 0);
  let hosts = 0;
  /** Another one each time: channels are kept for a moment. */
  const nextHost = (): { docker: string } => ({ docker: `ssh://host-${(hosts += 1)}.example` });

  beforeEach(() => {
    writeFileSync(path.join(folder(), "ssh"), ANSWERS);
    chmodSync(path.join(folder(), "ssh"), 0o755);
    rmSync(started(), { force: true });
    Object.assign(process.env, { PATH: `${folder()}:${before ?? ""}`, STARTED: started() });
  });
  afterEach(() => {
    process.env["PATH"] = before;
    delete process.env["STARTED"];
  });

  it("are shared by requests that come at once, and by those that come after them, whoever asks", async () => {
    const host = nextHost();
    for (let round = 0; round < 3; round += 1) {
      const engines = [connectEngine(host), connectEngine(host)];
      await Promise.all(engines.flatMap(({ docker }) => Array.from({ length: 10 }, () => docker.ping())));
      for (const engine of engines) engine.close();
    }
    expect(starts()).to.be.within(1, 8);
    expect(starts(), "60 requests").to.be.below(9);
  });

  it("are more where requests take long, and nobody waits for those of others for longer than a moment", async () => {
    const engine = connectEngine(nextHost());
    const slow = ["slow1", "slow2", "slow3"].map((name) => engine.docker.getContainer(name).inspect());
    let done = false;
    const all = Promise.all(slow).then(() => (done = true));
    await engine.docker.ping();
    expect(done).to.equal(false);
    await all;
    engine.close();
    expect(starts()).to.be.within(3, 5);
  });

  it("end with whoever has a request under way in them, and the others' go on", async () => {
    const host = nextHost();
    const [one, other] = [connectEngine(host), connectEngine(host)];
    const given = one.docker
      .getContainer("slow")
      .inspect()
      .catch(() => "ended");
    const kept = other.docker.getContainer("slow").inspect();
    await sleep(300);
    one.close();
    expect(await given).to.equal("ended");
    expect(await kept).to.deep.equal({});
    other.close();
  });

  it("do not keep this process alive while nobody uses them, and end after a moment", async () => {
    const engine = connectEngine(nextHost());
    await engine.docker.ping();
    engine.close();
    expect(process.getActiveResourcesInfo()).not.to.include("ProcessWrap");
  });
});
