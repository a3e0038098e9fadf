import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { NOBODY } from "../support/published-twice";
import { ScratchStack } from "../support/scratch-stack";
import { temporaryFolder } from "../support/temporary-folder";

const STACK = "urn:pulumi:primary::understudy::pulumi:pulumi:Stack::understudy-primary";
const PROVIDER = "urn:pulumi:primary::understudy::pulumi:providers:docker::engine";
const PROVIDER_ID = "11111111-1111-1111-1111-111111111111";

/** The state of the container, with its port as an engine told it: not in the order in which it was declared. */
function stateWith(declared: readonly string[], told: readonly string[]): object {
  const ports = (ips: readonly string[]): object[] =>
    ips.map((ip) => ({ external: 5432, internal: 5432, ip, protocol: "tcp" }));
  const defaults = {
    ...{ attach: false, containerReadRefreshTimeoutMilliseconds: 15000, logs: false, mustRun: true, readOnly: false },
    ...{ removeVolumes: true, restart: "no", rm: false, start: true, stdinOpen: false, tty: false, wait: false },
    waitTimeout: 60,
  };
  const said = { ...defaults, image: "sha256:abc", name: "x", labels: [{ label: "listen", value: "both" }] };
  const asMade = {
    ...{ command: ["x"], entrypoints: ["y"], envs: ["A=1"], memoryReservation: 0, networkDatas: [] },
    ...{ networkMode: "bridge", securityOpts: ["no"] },
  };
  const engine = { host: NOBODY, version: "5.2.0" };
  return {
    version: 3,
    deployment: {
      manifest: { time: "2026-11-30T00:00:00Z", magic: "", version: "" },
      resources: [
        { urn: STACK, custom: false, type: "pulumi:pulumi:Stack" },
        {
          ...{ urn: PROVIDER, custom: true, id: PROVIDER_ID, type: "pulumi:providers:docker", parent: STACK },
          ...{ inputs: engine, outputs: engine },
        },
        {
          urn: "urn:pulumi:primary::understudy::docker:index/container:Container::container",
          ...{ custom: true, id: "deadbeef", type: "docker:index/container:Container", parent: STACK },
          inputs: { ...said, __defaults: Object.keys(defaults), ports: ports(declared) },
          outputs: { ...said, ...asMade, id: "deadbeef", __meta: '{"schema_version":"2"}', ports: ports(told) },
          provider: `${PROVIDER}::${PROVIDER_ID}`,
        },
      ],
    },
  };
}

describe("a port that is published on two addresses, through the real engine and provider", function () {
  this.timeout(180_000);
  this.slow(60_000);
  const folder = temporaryFolder();
  const declared = ["10.0.0.1", "127.0.0.1"];
  let scratch: ScratchStack;

  async function previewed(addresses: readonly string[], label: string, ignored: boolean): Promise<number> {
    const values = { addresses: addresses.join(" "), label, ignored: String(ignored) };
    const words = Object.entries(values).map(([key, value]) => ["--config", `understudy:${key}=${value}`]);
    const { out } = await scratch.must("preview", "--stack", "primary", "--json", ...words.flat());
    const { changeSummary } = JSON.parse(out) as { changeSummary: { replace?: number } };
    return changeSummary.replace ?? 0;
  }

  before(async () => {
    scratch = new ScratchStack(folder(), { file: "tests/support/published-twice", name: "publishedTwice" });
    await scratch.must("stack", "init", "primary");
    const file = path.join(folder(), "state.json");
    writeFileSync(file, JSON.stringify(stateWith(declared, [...declared].reverse())));
    await scratch.must("stack", "import", "--stack", "primary", "--file", file);
  });

  it("would be made anew by every up, because an engine tells the two in another order: the control", async () => {
    expect(await previewed(declared, "both", false)).to.equal(1);
    expect(await previewed([...declared].reverse(), "both", false)).to.equal(0);
  });

  it("is left alone where its ports are not compared, and made anew for its label", async () => {
    expect(await previewed(declared, "both", true)).to.equal(0);
    expect(await previewed(declared, "another", true)).to.equal(1);
  });
});
