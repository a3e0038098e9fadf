import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { HOST_A } from "../../../../lab/host/layout";
import { switchLine } from "../../../../lab/host/power-switch";
import { temporaryFolder } from "../../../support/temporary-folder";

const SWITCH = path.resolve(__dirname, "../../../../lab/host/power-switch.sh");
const FREEZER = { file: "freezer.state", frozen: "FROZEN", thawed: "THAWED" };

/** What `ip` prints for a link that is up and for one that is down; the switch asks for two. */
const UP = "7: x: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500";
const DOWN = "7: x: <BROADCAST,MULTICAST> mtu 1500";

describe("power switch of the lab", () => {
  const folder = temporaryFolder();

  /** A switch with a host whose group is a plain folder, and an `ip` that answers as told. */
  function ask(words: readonly string[], links: readonly [string, string], pids = ""): { code: number; out: string } {
    const group = path.join(folder(), "group");
    mkdirSync(path.join(group, "system"), { recursive: true });
    writeFileSync(path.join(group, "system/cgroup.procs"), pids);
    copyFileSync(SWITCH, path.join(folder(), "power-switch"));
    writeFileSync(path.join(folder(), "power-switch.hosts"), switchLine(HOST_A, { folder: group, ...FREEZER }));
    const ip = path.join(folder(), "ip");
    writeFileSync(ip, `#!/bin/sh\ncase $1 in -n) echo "${links[1]}" ;; *) echo "${links[0]}" ;; esac\n`);
    chmodSync(ip, 0o755);
    const run = spawnSync("sh", [path.join(folder(), "power-switch"), ...words], {
      env: { PATH: `${folder()}:/usr/bin:/bin` },
      encoding: "utf8",
    });
    return { code: run.status ?? -1, out: run.stdout.trim() };
  }

  it("says off only when no process is left and both links are down", () => {
    expect(ask(["host-a", "status"], [DOWN, DOWN])).to.deep.equal({ code: 0, out: "off" });
    expect(ask(["host-a", "status"], [UP, DOWN]).out).to.equal("on");
    expect(ask(["host-a", "status"], [DOWN, UP]).out).to.equal("on");
    expect(ask(["host-a", "status"], [DOWN, DOWN], "4711\n").out).to.equal("on");
  });

  it("says on of links it cannot read", () => {
    expect(ask(["host-a", "status"], ["", ""]).out).to.equal("on");
    expect(ask(["host-a", "status"], [DOWN, 'Device "repl0" does not exist.']).out).to.equal("on");
  });

  it("ends every process of the group", async () => {
    const child = spawn("sleep", ["60"], { stdio: "ignore" });
    const ended = once(child, "exit");
    ask(["host-a", "off"], [DOWN, DOWN], `${child.pid}\n`);
    expect(await ended).to.deep.equal([null, "SIGKILL"]);
  });

  it("refuses a host it does not know, and a word that is no order", () => {
    expect(ask(["host-c", "status"], [DOWN, DOWN])).to.deep.equal({ code: 2, out: "" });
    expect(ask(["host-a", "reset"], [DOWN, DOWN])).to.deep.equal({ code: 2, out: "" });
    expect(ask(["host-a"], [DOWN, DOWN]).code).to.equal(2);
  });
});
