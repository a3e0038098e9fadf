import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { keepEvidence } from "../../../../evidence/keep-evidence";
import type { HostStack } from "../../../../operator/failover/pair-stacks";
import { tellHosts } from "../../../../operator/tell/tell-hosts";
import { namedHosts } from "../../../../settings/pair";
import { parseTold, type Told } from "../../../../settings/told";
import { later } from "../../../support/later";
import { temporaryFolder } from "../../../support/temporary-folder";
import { dryRunEvidence, plannedEvidence } from "../../../support/valid-evidence";
import { sampleEnvironment } from "../../components/sample";

const DAY_MS = 86_400_000;

describe("telling the hosts", () => {
  const folder = temporaryFolder();
  const result = (): string => path.join(folder(), "failover_result.env");
  const { environment: name } = plannedEvidence().drill;
  const environment = { ...sampleEnvironment(2, { agent: {} }), name };

  function stacks(): readonly HostStack[] {
    return namedHosts(environment).map((host) => {
      const role = host.name === "host-a" ? "primary" : "standby";
      writeFileSync(path.join(folder(), `Pulumi.${host.stack}.yaml`), `config:\n  understudy:role: ${role}\n`);
      return { host, stack: { name: host.stack, workspace: { workDir: folder() } } } as unknown as HostStack;
    });
  }

  it("gives both the declared roles and the executed drills, the newest first; a dry run is none", async () => {
    await keepEvidence(result(), plannedEvidence());
    await keepEvidence(result(), later(DAY_MS, plannedEvidence()));
    await keepEvidence(result(), later(2 * DAY_MS, dryRunEvidence()));
    const got: (Told | null)[] = [];
    const said: string[] = [];
    await tellHosts(
      { environment, stacks: stacks(), resultsDir: folder() },
      (words) => said.push(words),
      (_host, file, text) => {
        expect(file).to.equal("/var/lib/postgresql/data/understudy/told.json");
        got.push(parseTold(text, name));
        return Promise.resolve();
      },
    );
    expect([said, got.length]).to.deep.equal([[], 2]);
    expect(got[0]?.roles).to.deep.equal({ "host-a": "primary", "host-b": "standby" });
    expect(got[0]?.readiness).to.equal(null);
    const times = got[0]?.drills.map(({ finishedAt }) => finishedAt) ?? [];
    expect(times).to.deep.equal([...times].sort().reverse());
    expect(got[0]?.drills.every(({ verdict }) => verdict === "accepted")).to.equal(true);
  });

  it("warns of a host that cannot be told, tells the other one, and nobody where no agent runs", async () => {
    const told: string[] = [];
    const said: string[] = [];
    const way = ({ name: host }: { readonly name: string }): Promise<void> => {
      if (host === "host-b") return Promise.reject(new Error("it does not answer"));
      told.push(host);
      return Promise.resolve();
    };
    await tellHosts({ environment, stacks: stacks(), resultsDir: folder() }, (words) => said.push(words), way);
    expect(told).to.deep.equal(["host-a"]);
    expect(said).to.deep.equal([
      "WARNING: the agent of host-b was not told of this: it does not answer; next: understudy up --execute",
    ]);
    const without = { ...environment, agent: undefined };
    await tellHosts({ environment: without, stacks: stacks(), resultsDir: folder() }, (words) => said.push(words), way);
    expect([told.length, said.length]).to.deep.equal([1, 1]);
  });
});
