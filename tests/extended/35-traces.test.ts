import { readdirSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { connectEngine } from "../../drills/hosts/engine";
import { sendJson } from "../../drills/hosts/http";
import { traceIdOf } from "../../evidence/trace/trace-ids";
import type { DrillRecord } from "../../operator/drill/drill-record";
import { OUTBOX_FOLDER } from "../../operator/traces/outbox";
import { containerName } from "../../settings/names";
import { viewFrom } from "../../settings/pair";
import { labEnvironment, LAB_ENVIRONMENT, understudy } from "../support/lab-stacks";
import { temporaryFolder } from "../support/temporary-folder";
import { untilAllWell } from "../support/until-all-well";

/** The names of all spans in a trace. */
function spanNames(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  if (!Array.isArray(value) && "spanId" in value) return [(value as unknown as { name: string }).name];
  return Object.values(value).flatMap(spanNames);
}

/** Begins with `host-a` as primary, and ends so. */
describe("the trace of a drill, on the lab", function () {
  this.timeout(900_000);
  const folder = temporaryFolder();
  const id = `trace-${Date.now()}`;

  before(() => untilAllWell());
  after(() => untilAllWell());

  const waiting = (): readonly string[] => readdirSync(path.join(folder(), OUTBOX_FOLDER));

  async function traced(drillId: string, host: string): Promise<readonly string[]> {
    const asked = { host: viewFrom(labEnvironment(), host).self, port: labEnvironment().ports.tempo };
    return spanNames(await sendJson({ ...asked, path: `/api/traces/${traceIdOf(drillId)}`, timeoutMs: 8000 }));
  }

  async function drill(drillId: string, ...words: readonly string[]): Promise<{ record: DrillRecord; stderr: string }> {
    const places = ["--env-config", LAB_ENVIRONMENT, "--output-dir", folder(), "--output", "json"];
    const { code, stdout, stderr } = await understudy("drill", ...places, "--drill-id", drillId, ...words);
    expect(code, stdout + stderr).to.equal(0);
    return { record: JSON.parse(stdout) as DrillRecord, stderr };
  }

  it("is in the Tempo of the primary for each part, and still there after the way back", async () => {
    const { record } = await drill(id, "--execute", "--and-back");
    expect(waiting()).to.deep.equal([]);
    for (const part of record.parts) {
      const names = await traced(part.drill?.id ?? "", "host-a");
      expect(names, part.name).to.include("precheck");
      expect(names, part.name).to.include(part.name === "dry-run" ? "planned dry run" : "planned drill");
    }
  });

  it("waits on disk while Tempo is down, is told, and goes with the next health", async () => {
    const engine = connectEngine(viewFrom(labEnvironment(), "host-a").self);
    const tempo = engine.docker.getContainer(containerName("tempo"));
    try {
      await tempo.pause();
      // Refused at its first step, for the same reason: a drill that failed has its trace too.
      const words = ["--env-config", LAB_ENVIRONMENT, "--output-file", path.join(folder(), "down.env"), "--execute"];
      const { stderr } = await understudy("failover", ...words, "--drill-id", `${id}-down`);
      expect(stderr).to.include("1 trace waits on disk for Tempo");
      expect(waiting()).to.have.length(1);
    } finally {
      await tempo.unpause();
      engine.close();
    }
    await untilAllWell();
    await understudy("health", "--env-config", LAB_ENVIRONMENT, "--output-file", path.join(folder(), "health.json"));
    expect(waiting()).to.deep.equal([]);
    expect(await traced(`${id}-down`, "host-a")).to.include("planned drill");
  });
});
