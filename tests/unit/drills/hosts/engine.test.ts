import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
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
