import { expect } from "chai";
import { serializeDocument } from "../../../evidence/canonical-json";
import { ENV_CONTRACT } from "../../../evidence/env-contract";
import { parseEnv, renderEnv } from "../../../evidence/env-text";
import { dryRunEvidence, failedEvidence, plannedEvidence, unplannedEvidence } from "../../support/valid-evidence";

const planned = plannedEvidence();
const text = renderEnv(planned, serializeDocument(planned).sha256);

function faultsOf(changed: string): string[] {
  const parse = parseEnv(Buffer.from(changed, "utf8"));
  return parse.ok ? [] : parse.faults.map((fault) => `${fault.rule} ${fault.key} ${fault.limit}`);
}

describe(".env evidence", () => {
  it("has every key of the contract once, in order, on lines of printable ASCII", () => {
    expect(text.split("\n").map((line) => line.split("=")[0])).to.deep.equal([
      ...ENV_CONTRACT.map((definition) => definition.key),
      "",
    ]);
    expect(text).to.match(/^[\n -~]*\n$/);
  });

  it("says what a planned drill's document says", () => {
    expect(text).to.include("FAILOVER_DURATION_SECONDS=4.000\nFAILOVER_OUTAGE_SECONDS=0.280\nDATA_SYNC_LAG_EVENTS=0\n");
    expect(text).to.include("FAILOVER_SUCCESS=true\nFAILOVER_FAILED_STEP=\n");
    expect(text).to.include("STEP_BACKUP_SYNC_CHECK_STATUS=passed\nSTEP_DEMOTE_PRIMARY_STATUS=passed\n");
  });

  it("adds up what both stores lost in an unplanned drill, and names the step that failed", () => {
    const env = renderEnv(unplannedEvidence(), "0".repeat(64));
    expect(env).to.include("DATA_SYNC_LAG_EVENTS=2\n");
    expect(env).to.include("FAILOVER_FAILED_STEP=demote-primary\n");
  });

  it("says unknown, never 0, where nothing was measured", () => {
    expect(renderEnv(dryRunEvidence(), "0".repeat(64))).to.include(
      "FAILOVER_OUTAGE_SECONDS=unknown\nDATA_SYNC_LAG_EVENTS=0\n",
    );
    const failed = renderEnv(failedEvidence("precheck"), "0".repeat(64));
    expect(failed).to.include("FAILOVER_OUTAGE_SECONDS=unknown\nDATA_SYNC_LAG_EVENTS=unknown\n");
    const oneStore = plannedEvidence();
    if (oneStore.probe) oneStore.probe.redis.counts.lost = null;
    expect(renderEnv(oneStore, "0".repeat(64))).to.include("DATA_SYNC_LAG_EVENTS=unknown\n");
  });

  it("cannot be written with a value that would break a line", () => {
    const document = plannedEvidence();
    document.drill.nonce = "x\nFAILOVER_SUCCESS=true";
    expect(() => renderEnv(document, "0".repeat(64))).to.throw("FAILOVER_NONCE");
  });

  it("is read back as it was written, in any order of lines", () => {
    const shuffled = `${text.trimEnd().split("\n").reverse().join("\n")}\n`;
    const [one, other] = [parseEnv(Buffer.from(text)), parseEnv(Buffer.from(shuffled))];
    expect(one.ok && other.ok && one.values).to.deep.equal(other.ok && other.values);
  });

  const faults: [string, string, RegExp][] = [
    ["CR line ends", text.replaceAll("\n", "\r\n"), /env-format line 1 LF/],
    ["a byte order mark", `\ufeff${text}`, /env-format line 1 printable ASCII/],
    ["a letter beyond ASCII", text.replace("gate-7", "gäte-7"), /env-format line 3/],
    ["no line feed at the end", text.trimEnd(), /env-format last line/],
    ["an empty line", text.replace("\n", "\n\n"), /env-format line 2 KEY=value/],
    ["a comment", `# comment\n${text}`, /env-format line 1 KEY=value/],
    ["export", text.replace("FAILOVER_ID", "export FAILOVER_ID"), /env-keys export FAILOVER_ID/],
    ["quotes", text.replace("=true", '="true"'), /env-values FAILOVER_SUCCESS/],
    ["a space after the equals sign", text.replace("=true", "= true"), /env-values FAILOVER_SUCCESS/],
    ["a missing key", text.replace(/^FAILOVER_NONCE=.*\n/m, ""), /env-keys FAILOVER_NONCE once/],
    ["a repeated key", `${text}FAILOVER_MODE=execute\n`, /env-keys FAILOVER_MODE once/],
    ["an unknown key", `${text}FAILOVER_MOOD=good\n`, /env-keys FAILOVER_MOOD a key/],
    ["a key in lower case", text.replace("FAILOVER_MODE", "failover_mode"), /env-keys failover_mode a key/],
    ["a duration of two decimals", text.replace("=4.000", "=4.00"), /env-values FAILOVER_DURATION_SECONDS/],
    ["a duration that is no number", text.replace("=4.000", "=NaN"), /env-values FAILOVER_DURATION_SECONDS/],
    ["a negative duration", text.replace("=4.000", "=-4.000"), /env-values FAILOVER_DURATION_SECONDS/],
    ["a day that is not in the calendar", text.replace("2026-11-23T", "2026-02-30T"), /env-values FAILOVER_STARTED_AT/],
    ["a checksum in upper case", text.replace(/[0-9a-f]{64}/, "A".repeat(64)), /env-values FAILOVER_EVIDENCE_SHA256/],
  ];
  for (const [what, changed, expected] of faults) {
    it(`is refused with ${what}`, () => {
      expect(faultsOf(changed).join("\n")).to.match(expected);
    });
  }

  it("is refused with all faults together", () => {
    const changed = text.replace("FAILOVER_MODE=execute", "FAILOVER_MODE=maybe").replace(/^FAILOVER_ID=.*\n/m, "");
    expect(faultsOf(changed)).to.have.lengthOf(2);
  });
});
