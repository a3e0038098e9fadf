import { expect } from "chai";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { furtherEvidence } from "../support/further-services";
import { leavesOf, pathText, withoutValueAt } from "../support/json-leaves";
import { dryRunEvidence, failedEvidence, plannedEvidence, unplannedEvidence } from "../support/valid-evidence";

const ROOT = path.resolve(__dirname, "../..");
const read = (file: string): string => readFileSync(path.join(ROOT, file), "utf8");

/** Whether a published schema, read back as any other program would, takes a value. */
function takes(file: string, value: unknown): boolean {
  return z.fromJSONSchema(JSON.parse(read(file)) as Parameters<typeof z.fromJSONSchema>[0]).safeParse(value).success;
}

describe("the published schema of the evidence", () => {
  const file = "docs/schemas/evidence.schema.json";

  it("takes the document of every kind of drill", () => {
    for (const document of [
      plannedEvidence(),
      unplannedEvidence(),
      dryRunEvidence(),
      failedEvidence("verify"),
      furtherEvidence(),
    ]) {
      expect(takes(file, document)).to.equal(true);
    }
  });

  it("does not take a document that lacks any one field, or has one too many", () => {
    const document = plannedEvidence();
    // What stands in an array or under a name of its own may be left out.
    const needed = leavesOf(document).filter(
      ({ path: at }) => !at.some((part) => typeof part === "number") && !at.includes("versions"),
    );
    expect(needed).to.have.length.greaterThan(30);
    const schema = z.fromJSONSchema(JSON.parse(read(file)) as Parameters<typeof z.fromJSONSchema>[0]);
    const taken = needed.filter(({ path: at }) => schema.safeParse(withoutValueAt(document, at)).success);
    expect(taken.map(({ path: at }) => pathText(at))).to.deep.equal([]);
    expect(takes(file, { ...document, note: "trust me" })).to.equal(false);
  });
});

describe("the published schema of the environment file", () => {
  const file = "docs/schemas/environment.schema.json";

  for (const shipped of globSync("configs/deploy/environments/*.yaml", { cwd: ROOT })) {
    it(`takes ${shipped}`, () => {
      expect(takes(file, parse(read(shipped)))).to.equal(true);
    });
  }

  it("does not take a setting that does not exist, or a value that is not allowed", () => {
    const data = parse(read("configs/deploy/environments/lab.yaml")) as Record<string, unknown>;
    expect(takes(file, { ...data, colour: "red" })).to.equal(false);
    expect(takes(file, { ...data, evidence: { signing_key_file: "k", key_is_for: "both" } })).to.equal(false);
    expect(takes(file, { ...data, ports: { redis: 0 } })).to.equal(false);
  });
});
