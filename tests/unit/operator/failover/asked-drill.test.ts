import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parseDocument } from "yaml";
import { failoverWords } from "../../../../operator/failover/execute-drill";
import { askedDrill, withDrill, withRole, writeStackConfig } from "../../../../operator/failover/stack-config";
import { drillConfigSchema, parseDrillConfig, plannedDrill, type DrillConfig } from "../../../../settings/drill-config";
import { UserError } from "../../../../settings/user-error";
import { temporaryFolder } from "../../../support/temporary-folder";
import { YAML_TEXTS, YAML_WORDS } from "../../../support/yaml-words";

const DRILL: DrillConfig = {
  id: "d-1",
  mode: "execute",
  kind: "unplanned",
  nonce: "gate-7",
  accept_unfenced: { reason: 'rack "4" is off', operator: "sam" },
  lose_unlogged: true,
  stores_only: true,
  accept_loss: { reason: "a test database", operator: "sam" },
  standing_probe: "/tmp/p.sock",
};

const config = (text: string) => ({ file: "x", text, document: parseDocument(text) });

describe("the drill that a stack's config asks for", () => {
  it("is written with the primary's role, and read again as it was; secrets and comments stay", () => {
    const before = "# ours\nconfig:\n  understudy:role: standby\n  understudy:redisPassword:\n    secure: v1:abc\n";
    const text = withDrill(config(before), DRILL);
    expect(text).to.include("# ours").and.include("secure: v1:abc").and.include("understudy:role: primary");
    expect(askedDrill(config(text))).to.deep.equal(DRILL);
  });

  it("is gone once the host is declared standby, and stays while it is declared primary", () => {
    const asked = config(withDrill(config("config:\n  understudy:redisPassword:\n    secure: v1:abc\n"), DRILL));
    expect(askedDrill(config(withRole(asked, "primary")))).to.deep.equal(DRILL);
    const standby = withRole(asked, "standby");
    expect(askedDrill(config(standby))).to.equal(undefined);
    expect(standby).to.include("understudy:role: standby").and.include("secure: v1:abc");
  });

  it("is none where there is none, or something else", () => {
    for (const text of ["", "config: {}\n", "config:\n  understudy:drill:\n    id: '!'\n"]) {
      expect(askedDrill(config(text)), text).to.equal(undefined);
    }
  });

  it("is said as the command that asks for it once more, with every term", () => {
    expect(failoverWords(plannedDrill("d-2", "execute"), "host-b")).to.equal(
      "understudy failover --execute --to host-b --drill-id d-2",
    );
    expect(failoverWords(DRILL, "host-b")).to.equal(
      'understudy failover --unplanned --execute --to host-b --drill-id d-1 --nonce gate-7 --accept-unfenced "rack \\"4\\" is off" --accept-loss "a test database" --lose-unlogged --stores-only --standing-probe /tmp/p.sock',
    );
  });

  for (const id of YAML_WORDS) {
    it(`is read back as the text that was written, for every reader of YAML: ${id}`, () => {
      const drill: DrillConfig = { ...plannedDrill(id, "execute"), nonce: id };
      const text = withDrill(config("config:\n  understudy:host: host-b\n"), drill);
      for (const version of ["1.1", "1.2"] as const)
        expect(askedDrill({ document: parseDocument(text, { version }) }), version).to.deep.equal(drill);
    });
  }

  for (const reason of YAML_TEXTS) {
    it(`keeps an operator's words: ${reason.slice(0, 30)}`, () => {
      const drill: DrillConfig = {
        ...plannedDrill("d-1", "execute"),
        accept_loss: { reason: reason.trim(), operator: reason },
        standing_probe: `/tmp/${reason}`,
      };
      expect(drillConfigSchema.parse(drill)).to.deep.equal(drill);
      const text = withDrill(config("config: {}\n"), drill);
      for (const version of ["1.1", "1.2"] as const)
        expect(askedDrill({ document: parseDocument(text, { version }) }), version).to.deep.equal(drill);
    });
  }

  for (const [what, bad] of [
    ["a line break", "rack four\nis off"],
    ["a next-line character", "rack four\u0085is off"],
    ["a line separator", "rack four\u2028is off"],
    ["a byte order mark", "rack four\uFEFFis off"],
    ["half of a pair", "rack four \uD83D is off"],
    ["a control character", "rack four\u0000is off"],
  ] as const) {
    it(`refuses words with ${what}: no reader of YAML gives them back for certain`, () => {
      const accepted = { reason: bad, operator: "sam" };
      for (const part of [
        { accept_loss: accepted },
        { accept_unfenced: accepted },
        { accept_loss: { reason: "a test database", operator: bad } },
        { standing_probe: bad },
      ])
        expect(drillConfigSchema.safeParse({ id: "d-1", ...part }).success).to.equal(false);
    });
  }

  it("takes digits that `pulumi config set --path` has made a number of for the text that they were", () => {
    expect(parseDrillConfig({ id: 20_261_129, nonce: 7 }).data).to.include({ id: "20261129", nonce: "7" });
  });

  it("refuses a number that is none of the text that was written, and a drill without an id", () => {
    for (const id of [2 ** 64, 1.5, true, null, undefined])
      expect(parseDrillConfig({ id, mode: "dry-run" }).success, String(id)).to.equal(false);
  });

  it("is not written where a reader of YAML would take it for something else", () => {
    expect(() => withDrill(config("config:\n  understudy:role: 'broken\n"), DRILL))
      .to.throw(UserError)
      .with.property("exitCode", 2);
  });
});

describe("a stack's config file", () => {
  const folder = temporaryFolder();
  const place = (): string => path.join(folder(), "Pulumi.standby.yaml");

  it("is replaced whole, keeps its mode, and leaves nothing beside it", async () => {
    writeFileSync(place(), "old", { mode: 0o640 });
    await writeStackConfig(place(), "new\n");
    expect(readFileSync(place(), "utf8")).to.equal("new\n");
    expect(statSync(place()).mode & 0o777).to.equal(0o640);
    expect(readdirSync(folder())).to.deep.equal(["Pulumi.standby.yaml"]);
  });

  it("stays a link when it is one", async () => {
    mkdirSync(path.join(folder(), "elsewhere"));
    const [link, real] = [path.join(folder(), "Pulumi.primary.yaml"), path.join(folder(), "elsewhere/real.yaml")];
    writeFileSync(real, "old");
    symlinkSync(real, link);
    await writeStackConfig(link, "new");
    expect(lstatSync(link).isSymbolicLink()).to.equal(true);
    expect(readFileSync(real, "utf8")).to.equal("new");
  });

  it("is as it was when it cannot be written, and the error names it", async () => {
    const missing = path.join(folder(), "no/such/Pulumi.standby.yaml");
    const failure = await writeStackConfig(missing, "new").catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(UserError);
    expect((failure as UserError).message).to.include(missing);
  });
});
