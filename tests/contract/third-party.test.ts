import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { licenceFindings } from "../../toolchain/licences/findings";
import { readInventory, requiredModules, statedLicence, type Inventory } from "../../toolchain/licences/inventory";
import { PAGE_FILE, thirdPartyPage } from "../../toolchain/licences/page";
import { readTable, type LicenceTable } from "../../toolchain/licences/table";

const ROOT = path.resolve(__dirname, "../..");

describe("third-party software", function () {
  this.timeout(60_000);
  this.slow(5000);
  let table: LicenceTable;
  let inventory: Inventory;

  before(() => {
    table = readTable(ROOT);
    inventory = readInventory(ROOT);
  });

  /** What is found when one kind of the inventory has more. */
  const withMore = (kind: keyof Inventory, name: string, says: string | null): readonly string[] =>
    licenceFindings(table, { ...inventory, [kind]: [...inventory[kind], { name, says, version: "1.0.0", by: "x" }] });

  it("is all in the reviewed table, under the licence that it states itself", () => {
    expect(licenceFindings(table, inventory)).to.deep.equal([]);
  });

  it("is found where it is taken in", () => {
    const names = (kind: keyof Inventory): string[] => inventory[kind].map(({ name }) => name);
    expect(names("npm")).to.include.members(["@pulumi/pulumi", "dockerode", "typescript"]);
    expect(names("go")).to.include.members([
      "github.com/pulumi/pulumi/pkg/v3",
      "github.com/rhysd/actionlint",
      "github.com/kreuzwerker/terraform-provider-docker",
      "cel.dev/expr",
    ]);
    expect(names("debian")).to.include.members([
      "redis-server",
      "restic",
      "postgresql-client-15",
      "openssh-client",
      "skopeo",
    ]);
    expect(names("upstream")).to.include.members(["redis", "timescale/timescaledb", "grafana/loki", "node", "debian"]);
    expect(names("upstream").filter((name) => /10\.91/.test(name))).to.deep.equal([]);
  });

  it("on the page is what is generated: npm run generate", () => {
    expect(readFileSync(path.join(ROOT, PAGE_FILE), "utf8")).to.equal(thirdPartyPage(table, inventory));
  });

  it("that users run from upstream's images is told to be theirs, with its licence", () => {
    const page = readFileSync(path.join(ROOT, PAGE_FILE), "utf8");
    expect(page).to.include("Run by our users from upstream's image; not built, changed or shipped by us.");
    for (const image of ["grafana/loki", "grafana/tempo", "grafana/grafana"])
      expect(page).to.match(new RegExp(`^- \`${image}:[^\`]+\`: AGPL-3\\.0-only`, "m"));
    expect(page).to.match(/^- `redis:7\.2[^`]*`: BSD-3-Clause/m);
    expect(page).to.match(/^- `timescale\/[^`]*`: .*Timescale License/m);
  });

  describe("is refused", () => {
    it("when it is not in the table", () => {
      for (const kind of ["npm", "go", "debian", "upstream"] as const)
        expect(withMore(kind, "left-pad-2", "MIT").join()).to.match(/^\w+ left-pad-2: not in the table$/);
    });

    it("when the installed package says another licence, or none", () => {
      expect(withMore("npm", "dockerode", "MIT")).to.deep.equal([
        "npm dockerode 1.0.0: says MIT, reviewed as Apache-2.0",
      ]);
      expect(withMore("npm", "dockerode", null).join()).to.include("says nothing");
      expect(withMore("npm", "dockerode", "SEE LICENSE IN LICENSE").join()).to.include("says SEE LICENSE");
    });

    it("when it is AGPL or SSPL and built, shipped or taken in here, in the table or not", () => {
      for (const kind of ["npm", "go", "debian"] as const) {
        for (const licence of ["AGPL-3.0-only", "SSPL-1.0", "MIT OR AGPL-3.0-or-later"]) {
          const reviewed = { ...table, [kind]: { ...table[kind], [licence]: ["some/loki"] } };
          const more = [...inventory[kind], { name: "some/loki", says: licence, version: "1", by: "x" }];
          const found = licenceFindings(reviewed, { ...inventory, [kind]: more });
          expect(found.join()).to.match(/some\/loki: .* is not for what we build or ship$/);
        }
      }
    });

    it("when the table has what nothing takes in any more", () => {
      const notes = { ...table.notes, gone: "x" };
      const upstream = { ...table.upstream, gone: { licence: "MIT" } };
      const stale = { ...table, notes, upstream, npm: { ...table.npm, "EUPL-1.2": ["gone"] } };
      expect(licenceFindings(stale, inventory)).to.have.members([
        "npm gone: in the table, and nothing takes it in",
        "image gone: in the table, and nothing names it",
        "note on gone: nothing takes it in",
      ]);
      const twice = { ...table, npm: { ...table.npm, "EUPL-1.2": ["dockerode"] } };
      expect(licenceFindings(twice, inventory)).to.deep.equal(["npm dockerode: no version of it says EUPL-1.2"]);
    });
  });

  it("states its licence in any of npm's forms", () => {
    expect(statedLicence({ license: "(BSD-3-Clause AND Apache-2.0)" })).to.equal("BSD-3-Clause AND Apache-2.0");
    expect(statedLicence({ license: { type: "MIT" } })).to.equal("MIT");
    expect(statedLicence({ licenses: [{ type: "MIT" }] })).to.equal("MIT");
    expect(statedLicence({ licenses: [{ type: "MIT" }, { type: "ISC" }] })).to.equal(null);
    expect(statedLicence({})).to.equal(null);
  });

  it("in a go.mod is what is required, as it is replaced", () => {
    const required = requiredModules(
      `module x.invalid/y\n\ngo 1.25.0\n\ntool a.example/b/cmd\n\nrequire (\n\ta.example/b v1.2.3\n\tc.example/d v0.1.0 // indirect\n)\n\nrequire e.example/f/v2 v2.0.0\n\nreplace c.example/d => g.example/h v9.9.9\n`,
    );
    expect(required).to.deep.equal([
      { name: "a.example/b", version: "v1.2.3" },
      { name: "g.example/h", version: "v9.9.9" },
      { name: "e.example/f/v2", version: "v2.0.0" },
    ]);
  });
});
