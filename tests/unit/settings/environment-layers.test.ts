import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { EnvironmentError } from "../../../settings/environment-error";
import { readLayers } from "../../../settings/environment-layers";
import { loadEnvironment } from "../../../settings/load-environment";
import { resolvedValues } from "../../../operator/environment/resolved";
import { temporaryFolder } from "../../support/temporary-folder";

const BASE = path.resolve(__dirname, "../../../configs/deploy/environments/prodlike_multi_host.yaml");
const VARIABLES = { REGION: "west", MEMORY: "0512", ON: "true", EMPTY: "" };

describe("an environment file that extends another one", () => {
  const folder = temporaryFolder();
  const write = (name: string, text: string): string => {
    const file = path.join(folder(), name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  const read = (name: string): unknown => readLayers(name, folder(), VARIABLES).data;
  const refusal = (work: () => unknown): readonly string[] => {
    try {
      work();
    } catch (error) {
      if (error instanceof EnvironmentError) return error.message.split("\n");
      throw error;
    }
    throw new Error("it was not refused");
  };

  it("puts its sections into those of that file, and its values and lists in their place", () => {
    write("shared/base.yaml", "a: { b: 1, c: [1, 2], d: { e: 1 } }\nf: 1\ng: { h: 1 }\n");
    write("pairs/west.yaml", "extends: ../shared/base.yaml\na: { c: [3], d: { i: 2 } }\nf: 2\ng: 3\n");
    const { data, origins } = readLayers("pairs/west.yaml", folder(), VARIABLES);
    expect(data).to.deep.equal({ a: { b: 1, c: [3], d: { e: 1, i: 2 } }, f: 2, g: 3 });
    const from = Object.fromEntries([...origins].map(([at, { file }]) => [at, file]));
    const [own, base] = ["pairs/west.yaml", "shared/base.yaml"];
    expect(from).to.deep.equal({ "a.b": base, "a.c": own, "a.d.e": base, "a.d.i": own, f: own, g: own });
  });

  it("goes on through several files, and is refused where one extends itself", () => {
    write("one.yaml", "a: 1\nb: 1\nc: 1\n");
    write("two.yaml", "extends: one.yaml\nb: 2\nc: 2\n");
    write("three.yaml", "extends: ./two.yaml\nc: 3\n");
    expect(read("three.yaml")).to.deep.equal({ a: 1, b: 2, c: 3 });
    write("left.yaml", "extends: right.yaml\n");
    write("right.yaml", "extends: left.yaml\n");
    expect(refusal(() => read("left.yaml"))).to.deep.equal([
      "left.yaml: extends: right.yaml: extends: left.yaml: it is extended by itself",
    ]);
  });

  it("is refused by its field where that file is missing, half written, empty or none", () => {
    write("half.yaml", "services: {\n");
    write("empty.yaml", "# nothing yet\n");
    for (const [base, words] of [
      ["none.yaml", /^x\.yaml: extends: none\.yaml cannot be read: ENOENT/],
      ["half.yaml", /^x\.yaml: extends: half\.yaml is not YAML: /],
      ["empty.yaml", /^x\.yaml: extends: empty\.yaml has no fields$/],
      ["[one.yaml]", /^x\.yaml: extends: the path of one environment file, relative to this one, not \["one\.yaml"\]$/],
    ] as const) {
      write("x.yaml", `extends: ${base}\n`);
      expect(refusal(() => read("x.yaml"))[0]).to.match(words);
    }
  });

  it("is checked as a whole, and what is wrong is told by the file that says it", () => {
    const odd = write("odd.yaml", `extends: ${BASE}\nobjectives: { max_failover_seconds: soon }\n`);
    const lines = refusal(() => loadEnvironment(write("top.yaml", "extends: odd.yaml\nname: Top\nservics: {}\n")));
    expect(lines.map((line) => line.replace(`${folder()}/`, ""))).to.have.members([
      'top.yaml: name: lower-case letters, digits and hyphens, at most 31, not "Top"',
      'odd.yaml: objectives.max_failover_seconds: expected number, received string, not "soon"',
      "top.yaml: servics: there is no such setting",
    ]);
    expect(odd).to.match(/odd\.yaml$/);
  });

  it("shows every value with where it comes from: file, variable, default", () => {
    process.env["UNDERSTUDY_TEST_MEMORY"] = "2048";
    try {
      const file = write(
        "shown.yaml",
        `extends: ${BASE}\nname: shown\npulumi: { backend: "postgres://me:secret@db/x" }\nservices: { redis: { memory_mib: "\${UNDERSTUDY_TEST_MEMORY}" } }\n`,
      );
      const values = new Map(resolvedValues(file).map((one) => [one.field, one]));
      const own = { from: file, variables: [] };
      expect(values.get("name")).to.deep.include({ value: "shown", ...own });
      expect(values.get("pulumi.backend")).to.deep.include({ value: "postgres://****@db/x", ...own });
      expect(values.get("services.redis.memory_mib")).to.deep.include({
        ...{ value: 2048, from: file },
        variables: ["UNDERSTUDY_TEST_MEMORY"],
      });
      expect(values.get("services.redis.image")).to.deep.include({ from: BASE });
      expect(values.get("policy.journal_days")).to.deep.include({ value: 7, from: "default" });
      expect(values.has("extends")).to.equal(false);
    } finally {
      delete process.env["UNDERSTUDY_TEST_MEMORY"];
    }
  });

  describe("and the operator's variables in it", () => {
    const said = (text: string): unknown => {
      write("v.yaml", text);
      return read("v.yaml");
    };

    it("take their places in values, also in lists, and are numbers and truths where they stand alone", () => {
      expect(
        said("a: x-${REGION}-y\nb: ['${REGION}', 1]\nc: ${MEMORY}\nd: ${ON}\ne: 'm${MEMORY}'\nf: '${EMPTY}'\n"),
      ).to.deep.equal({ a: "x-west-y", b: ["west", 1], c: 512, d: true, e: "m0512", f: "" });
    });

    it("leave other dollar signs, keys and a fence's command as they are", () => {
      const text =
        "a: $5 $$ $REGION $${REGION}\n'${REGION}': 1\nhosts: { h: { fence: { command: [sh, -c, '${X} $$'] } } }\n";
      expect(said(text)).to.deep.equal({
        ...{ a: "$5 $$ $REGION ${REGION}", "${REGION}": 1 },
        hosts: { h: { fence: { command: ["sh", "-c", "${X} $$"] } } },
      });
    });

    it("are refused by their field: not set, no name, or where the name of a secret stands", () => {
      const text =
        "a: { b: '${NONE}' }\nc: ['${}', '${x y}', '${REGION']\napplications: { shop: { password: '${REGION}' } }\n";
      expect(refusal(() => said(text))).to.deep.equal([
        "v.yaml: a.b: variable NONE is not set",
        'v.yaml: c: "${}" is no variable: ${NAME}, or $${ for the text itself',
        'v.yaml: c: "${x y}" is no variable: ${NAME}, or $${ for the text itself',
        'v.yaml: c: "${REGION" is no variable: ${NAME}, or $${ for the text itself',
        "v.yaml: applications.shop.password: no variable here: it names a secret of the stacks' config",
      ]);
    });
  });
});
