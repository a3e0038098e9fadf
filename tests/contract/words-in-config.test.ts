import { readFileSync } from "node:fs";
import { expect } from "chai";
import { parseDocument } from "yaml";
import { askedDrill, withDrill, writeStackConfig } from "../../operator/failover/stack-config";
import { parseDrillConfig, plannedDrill, type DrillConfig } from "../../settings/drill-config";
import { ScratchStack } from "../support/scratch-stack";
import { temporaryFolder } from "../support/temporary-folder";
import { YAML_TEXTS, YAML_WORDS } from "../support/yaml-words";

const UNPLANNED: DrillConfig = { ...plannedDrill("d-1", "execute"), kind: "unplanned" };
const DRILLS: readonly DrillConfig[] = [
  ...YAML_WORDS.map((id) => ({ ...plannedDrill(id, "execute"), nonce: id })),
  ...YAML_TEXTS.map((text) => ({
    ...UNPLANNED,
    accept_unfenced: { reason: text.trim(), operator: text },
    accept_loss: { reason: text.trim(), operator: text },
    standing_probe: text,
  })),
];

describe("what a verb writes into a stack's config, as the real engine reads it", function () {
  this.timeout(180_000);
  this.slow(90_000);
  const folder = temporaryFolder();
  let stack: ScratchStack;

  const drillsRead = async (): Promise<unknown[]> => {
    const config = JSON.parse((await stack.must("config", "--json")).out) as Record<string, { value: string }>;
    return DRILLS.map((_, at) => parseDrillConfig(JSON.parse(config[`understudy:drill${at}`]?.value ?? "null")).data);
  };

  before(async () => {
    stack = new ScratchStack(folder(), { file: "tests/support/drill-without-hosts", name: "drillWithoutHosts" });
    await stack.must("stack", "init", "standby");
    const file = stack.file("Pulumi.standby.yaml");
    let text = readFileSync(file, "utf8");
    for (const [at, drill] of DRILLS.entries()) {
      const document = parseDocument(withDrill({ file, text }, drill));
      const written = document.getIn(["config", "understudy:drill"], true);
      document.setIn(["config", `understudy:drill${at}`], written);
      text = document.toString({ lineWidth: 0 });
    }
    await writeStackConfig(file, text);
  });

  it("is the text that was asked for, whatever YAML 1.1 makes of it without quotes", async () => {
    expect(await drillsRead()).to.deep.equal(DRILLS);
  });

  it("is still that after Pulumi has written the file anew, for the engine and for the verbs", async () => {
    await stack.must("config", "set", "understudy:other", "yes");
    expect(await drillsRead()).to.deep.equal(DRILLS);
    const document = parseDocument(readFileSync(stack.file("Pulumi.standby.yaml"), "utf8"));
    expect(askedDrill({ document })).to.deep.equal(DRILLS.at(-1));
  });
});
