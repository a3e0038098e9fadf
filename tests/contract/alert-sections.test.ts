import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";

const ROOT = path.resolve(__dirname, "../..");
const MANUAL = "docs/OPERATIONS_MANUAL.md";

interface Alert {
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

function alerts(): readonly Alert[] {
  return globSync("configs/prometheus/rules/*.yml", { cwd: ROOT }).flatMap((file) => {
    const { groups } = parse(readFileSync(path.join(ROOT, file), "utf8")) as {
      groups: readonly { readonly rules: readonly (Partial<Alert> & Pick<Alert, "labels" | "annotations">)[] }[];
    };
    return groups.flatMap(({ rules }) => rules.filter((rule): rule is Alert => rule.alert !== undefined));
  });
}

/** The sections below `## Alerts`, by their headings. */
function sections(text: string): ReadonlyMap<string, string> {
  const after = text.split(/^## Alerts$/m)[1]?.split(/^## /m)[0] ?? "";
  return new Map(
    after
      .split(/^### /m)
      .slice(1)
      .map((one) => [one.slice(0, one.indexOf("\n")), one.slice(one.indexOf("\n"))]),
  );
}

describe("the alerts and their sections in the operations manual", () => {
  const all = alerts();
  const written = sections(readFileSync(path.join(ROOT, MANUAL), "utf8"));

  it("are as many: each alert has a section of its own, and each section is of an alert", () => {
    expect(all.length).to.be.greaterThan(30);
    expect([...written.keys()].sort()).to.deep.equal(all.map(({ alert }) => alert).sort());
  });

  it("name a severity, say what it is in two sentences, and lead to the section", () => {
    for (const { alert, labels, annotations } of all) {
      expect(labels["severity"], alert).to.be.oneOf(["critical", "warning", "none"]);
      expect(annotations["summary"], alert).to.match(/\S/);
      expect(annotations["description"], alert).to.match(/\.$/);
      expect(annotations["runbook_url"], alert).to.equal(`${MANUAL}#${alert.toLowerCase()}`);
    }
  });

  it("begin with a command, or lead to the section that does", () => {
    for (const [name, text] of written) expect(text, name).to.match(/`bin\/understudy [a-z]+|\]\(#/);
  });

  it("would be found missing", () => {
    expect([...sections("## Alerts\n\n### One\n\nx\n\n## Other\n\n### Two\n").keys()]).to.deep.equal(["One"]);
  });
});
