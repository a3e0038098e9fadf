import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { expect } from "chai";
import { declaredHooks, runHook } from "../../drills/hosts/hooks";
import { hookDone } from "../../evidence/hooks";
import { hooksSchema, type HookName } from "../../settings/hooks-section";

const SCRIPT = path.resolve(__dirname, "../../configs/floating-address/address.sh");
const ADDRESS = "192.0.2.10";

/** Two hosts, each a network namespace with nothing but its loopback. */
describe("a floating address that hooks move", function () {
  this.timeout(10_000);
  const hosts: ChildProcess[] = [];

  before(async () => {
    for (let at = 0; at < 2; at += 1) {
      const child = spawn("unshare", ["--net", "sh", "-c", "echo ready; exec sleep 60"], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      hosts.push(child);
      await once(child.stdout, "data");
    }
  });
  after(() => {
    for (const child of hosts) child.kill("SIGKILL");
  });

  const inside = (at: number): string[] => ["nsenter", `--net=/proc/${String(hosts[at]?.pid ?? 0)}/ns/net`];

  function has(at: number): boolean {
    const [program = "", ...words] = inside(at);
    return execFileSync(program, [...words, "ip", "-o", "address", "show"], { encoding: "utf8" }).includes(
      `${ADDRESS}/32`,
    );
  }

  async function hook(at: number, name: HookName): Promise<boolean> {
    const command = [SCRIPT, `${ADDRESS}/32`, "lo", ...inside(at)];
    const host = { name: `host-${at === 0 ? "a" : "b"}`, hooks: hooksSchema.parse({ [name]: { command } }) };
    const run = await runHook(host, name, { hooks: declaredHooks([host]) }, { mark: () => 0 });
    return run !== undefined && hookDone(run);
  }

  it("is on the host that was promoted last, and on no other, however often they run", async () => {
    expect(await hook(0, "promoted")).to.equal(true);
    expect([has(0), has(1)]).to.deep.equal([true, false]);
    for (let round = 0; round < 2; round += 1) {
      expect(await hook(0, "demoted")).to.equal(true);
      expect(has(0)).to.equal(false);
      expect(await hook(1, "promoted")).to.equal(true);
    }
    expect([has(0), has(1)]).to.deep.equal([false, true]);
  });

  it("is told of as failed where the host cannot be reached", async () => {
    const host = {
      name: "host-a",
      hooks: hooksSchema.parse({ demoted: { command: [SCRIPT, `${ADDRESS}/32`, "lo", "false"] } }),
    };
    const run = await runHook(host, "demoted", { hooks: declaredHooks([host]) }, { mark: () => 0 });
    // Where it cannot be seen, it is not said to be gone.
    expect(run && hookDone(run)).to.equal(false);
  });

  it("refuses what is no address, no interface or no event", () => {
    for (const words of [
      [],
      ["192.0.2.10", "lo", "promoted"],
      ["192.0.2.10/32", "lo;id", "promoted"],
      ["192.0.2.10/32", "lo", "moved"],
    ])
      expect(spawnSync(SCRIPT, words).status, words.join(" ")).to.equal(2);
  });
});
