import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { sessionFinding, trySessions } from "../../operator/doctor/session-findings";
import { localSshd, type LocalSshd } from "../support/local-sshd";
import { temporaryFolder } from "../support/temporary-folder";

/** However busy the machine is. */
const WITHIN_MS = 90_000;

describe("the sessions that a host's sshd takes at once", function () {
  this.timeout(200_000);
  this.slow(10_000);
  const folder = temporaryFolder();
  let sshd: LocalSshd | undefined;
  afterEach(() => sshd?.stop());

  const alone = (of: LocalSshd): LocalSshd["host"] => {
    const config = path.join(folder(), "alone");
    const shared = readFileSync(of.host.ssh_config ?? "", "utf8");
    writeFileSync(
      config,
      shared.replace("ControlMaster auto", "ControlMaster no").replace(/ControlPath .*/, "ControlPath none"),
    );
    return { ...of.host, ssh_config: config };
  };

  it("are all counted where it has room", async () => {
    sshd = await localSshd(folder(), ["MaxSessions 100"]);
    expect(await trySessions(alone(sshd), 8, WITHIN_MS)).to.deep.equal({
      opened: 8,
      refused: 0,
      silent: 0,
      shared: false,
    });
    expect((await trySessions(sshd.host, 4, WITHIN_MS)).shared).to.equal(true);
  });

  it("are refused by MaxStartups, which doctor names with what to set", async () => {
    // The first line of a name counts in sshd's configuration; here it stands before the support's own.
    sshd = await localSshd(folder(), []);
    await sshd.stop();
    const config = path.join(folder(), "sshd_config");
    writeFileSync(config, readFileSync(config, "utf8").replace("MaxStartups 100", "MaxStartups 1:100:1"));
    await sshd.start();
    const tried = await trySessions(alone(sshd), 12, WITHIN_MS);
    expect(tried.refused).to.be.at.least(1);
    expect(tried.opened + tried.refused + tried.silent).to.equal(12);
    const finding = sessionFinding("host-a", tried);
    expect(finding.state).to.equal(tried.opened === 0 ? "unknown" : "problem");
    expect(sessionFinding("host-a", { ...tried, opened: 1 }).fix).to.contain("MaxStartups 100:30:200");
  });

  it("are unknown, and no problem of these settings, where nobody answers", async () => {
    sshd = await localSshd(folder(), []);
    const away = alone(sshd);
    await sshd.stop();
    const tried = await trySessions(away, 2);
    expect(tried).to.deep.include({ opened: 0, refused: 2 });
    expect(sessionFinding("host-a", tried).state).to.equal("unknown");
  });
});
