import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { fenceByCommand } from "../../../../drills/unplanned/fence-by-command";
import type { NamedHost } from "../../../../settings/pair";
import { workingIn } from "../../../support/working-folder";

describe("the fence command", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), "fence-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A host whose fence command is `script`; what it is told is in the file `told`. */
  function host(script: string, timeoutSeconds = 5): NamedHost {
    const program = path.join(folder, "fence");
    writeFileSync(program, `#!/bin/sh\ncd ${folder}\necho "$*" >>told\n${script}\n`);
    chmodSync(program, 0o755);
    return {
      name: "host-a",
      stack: "primary",
      docker: "ssh://host-a",
      address: "host-a",
      replication_address: "host-a",
      fence: { command: [program, "outlet-3"], timeout_seconds: timeoutSeconds },
    };
  }
  const told = (): string => readFileSync(path.join(folder, "told"), "utf8");

  async function refusal(target: NamedHost): Promise<string> {
    return fenceByCommand(target).then(
      (detail) => expect.fail(`proved: ${detail}`),
      (error: unknown) => String(error),
    );
  }

  it("switches off, then asks twice", async () => {
    expect(await fenceByCommand(host('[ "$2" = off ] || echo off'))).to.match(/fence: status off, 2 times$/);
    expect(told()).to.equal("outlet-3 off\noutlet-3 status\noutlet-3 status\n");
  });

  it("proves nothing while the host is on, in an unknown state, or on again at the second look", async () => {
    expect(await refusal(host("echo on"))).to.include("says that host-a is on");
    expect(await refusal(host(":"))).to.include("in a state it does not name");
    expect(await refusal(host('[ "$2" = off ] || { [ -e seen ] && echo on || echo off; : >seen; }'))).to.include(
      "is on",
    );
  });

  it("proves nothing when it fails, hangs or is not there", async () => {
    expect(await refusal(host("echo off; exit 1"))).to.include("failed at off");
    expect(await refusal(host("exec sleep 30", 1))).to.include("failed at off");
    const without = host(":");
    delete (without as { fence?: unknown }).fence;
    expect(await refusal(without)).to.include("no fence command is configured for host-a");
  });

  it("is told no secret of ours", async () => {
    process.env["PULUMI_CONFIG_PASSPHRASE"] = "never";
    await fenceByCommand(host("env >seen-env; echo off")).finally(() => delete process.env["PULUMI_CONFIG_PASSPHRASE"]);
    expect(readFileSync(path.join(folder, "seen-env"), "utf8")).to.not.include("never");
  });

  it("runs in the project's folder, not where the engine works", async () => {
    const here = host(":");
    const command = ["sh", "-c", `pwd >${path.join(folder, "place")}; echo off`, "fence"];
    const project = path.join(folder, "pair");
    mkdirSync(path.join(project, "node_modules/understudy"), { recursive: true });
    writeFileSync(path.join(project, "Pulumi.yaml"), "name: understudy\n");
    await workingIn(path.join(project, "node_modules/understudy"), () =>
      fenceByCommand({ ...here, fence: { command, timeout_seconds: 5 } }),
    );
    expect(readFileSync(path.join(folder, "place"), "utf8").trim()).to.equal(realpathSync(project));
  });
});
