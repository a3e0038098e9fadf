import path from "node:path";
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import { healthReportSchema, isAllWell } from "../../evidence/health-report";
import { connectEngine } from "../../drills/hosts/engine";
import { SERVICE_NAMES } from "../../settings/services";
import { namedHosts, type NamedHost } from "../../settings/pair";
import { ACCEPTANCE_FOLDER } from "../support/kept-evidence";
import { labEnvironment, LAB_ENVIRONMENT, pulumi, understudy, type Finished } from "../support/lab-stacks";

const SINGLE = "configs/deploy/environments/lab_single_host.yaml";
const SETTLED = { deadlineMs: 120_000, pauseMs: 1000 };

function ended(code: number, finished: Finished): Finished {
  expect(finished.code, finished.stdout + finished.stderr).to.equal(code);
  return finished;
}

/** Names of the containers, running or not, and of the data volumes on one host. */
async function onHost(host: NamedHost): Promise<{ containers: readonly string[]; volumes: readonly string[] }> {
  const engine = connectEngine(host);
  try {
    const containers = await engine.docker.listContainers({ all: true });
    const { Volumes: volumes } = await engine.docker.listVolumes();
    return {
      containers: containers.flatMap((one) => one.Names.map((name) => name.slice(1))).sort(),
      volumes: volumes.map((one) => one.Name).filter((name) => name.startsWith("understudy-")),
    };
  } finally {
    engine.close();
  }
}

describe("a single host, on one host of the lab", function () {
  this.timeout(600_000);
  let hostA: NamedHost;
  let hostB: NamedHost;
  const environmentOf = (file: string): Promise<Finished> =>
    pulumi("-s", "primary", "config", "set", "understudy:environment", file);

  before("the pair goes, with its data", async () => {
    [hostA, hostB] = namedHosts(labEnvironment()) as [NamedHost, NamedHost];
    const words = ["--remove-data", "lab/host-a lab/host-b", "--execute"];
    ended(0, await understudy("down", "--env-config", LAB_ENVIRONMENT, ...words));
    for (const host of [hostA, hostB]) expect(await onHost(host)).to.deep.equal({ containers: [], volumes: [] });
  });
  after(() => environmentOf(LAB_ENVIRONMENT));

  it("is refused while the stack is declared by another environment file", async () => {
    const refused = ended(2, await understudy("up", "--env-config", SINGLE, "--execute"));
    expect(refused.stderr).to.include(`next: pulumi -s primary config set understudy:environment ${SINGLE}`);
    ended(0, await environmentOf(SINGLE));
  });

  it("gets certificates for its own name, from the CA that its stack has", async () => {
    const words = ["--env-config", SINGLE, "--output", "json"];
    const made = JSON.parse(ended(0, await understudy("certificates", ...words, "--execute")).stdout) as {
      readonly authority: string | null;
      readonly leaves: readonly { readonly host: string; readonly name: string; readonly done: string }[];
    };
    expect(made.authority, "no other CA").to.equal(null);
    expect(new Set(made.leaves.map(({ host }) => host))).to.deep.equal(new Set(["host-a"]));
    expect(made.leaves.find(({ name }) => name === "server")?.done).to.equal("issued");
  });

  it("runs the seven services with stack `primary` alone", async () => {
    ended(0, await understudy("up", "--env-config", SINGLE, "--execute"));
    const expected = SERVICE_NAMES.map((name) => `understudy-${name}`).sort();
    expect((await onHost(hostA)).containers).to.deep.equal(expected);
    expect((await onHost(hostB)).containers).to.deep.equal([]);
  });

  it("is healthy, and its report says so", async () => {
    const file = path.join(ACCEPTANCE_FOLDER, "single_host_health.json");
    const words = ["health", "--env-config", SINGLE, "--output-file", file];
    const { reading } = await pollUntil(
      () => understudy(...words),
      (run) => run.code === 0,
      SETTLED,
    );
    ended(0, reading);
    const entries = healthReportSchema.parse(JSON.parse(readFileSync(file, "utf8")));
    expect(entries.map((one) => one.service)).to.deep.equal([...SERVICE_NAMES]);
    expect(isAllWell(entries)).to.equal(true);
    expect(ended(0, await understudy("status", "--env-config", SINGLE)).stdout).to.include("all well");
  });

  it("refuses what takes two hosts, in plain words", async () => {
    for (const [verb, words] of [
      [["failover", "--execute"], /one host, host-a: there is no standby/],
      [["rejoin", "host-a", "--execute"], /only host/],
      [["release", "host-a", "--the-peer-cannot-write"], /stands alone/],
    ] as const) {
      const refused = ended(3, await understudy(...verb, "--env-config", SINGLE));
      expect(refused.stderr)
        .to.match(words)
        .and.to.match(/\nnext: /);
    }
  });

  it("goes, and leaves nothing behind", async () => {
    const words = ["--remove-data", "lab-single-host/host-a", "--execute"];
    ended(0, await understudy("down", "--env-config", SINGLE, ...words));
    expect(await onHost(hostA)).to.deep.equal({ containers: [], volumes: [] });
  });
});
