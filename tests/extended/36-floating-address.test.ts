import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import { OPERATOR_INTERFACE, LAB_HOSTS } from "../../lab/host/layout";
import { attempt, run } from "../../lab/host/run";
import type { EvidenceDocument } from "../../evidence/document";
import { good, untilWhole, verdict, type HostName } from "../support/lab-pair";
import { declareEnvironment } from "../support/lab-with-backups";
import { LAB_ENVIRONMENT, understudy } from "../support/lab-stacks";

const ADDRESS = "10.91.0.100";
const SCRIPT = path.resolve(__dirname, "../../configs/floating-address/address.sh");

/** Needs the lab, and host-a as its primary. It has not been run. */
describe("a floating address on the lab", function () {
  this.timeout(1_200_000);
  let folder: string;
  let file: string;

  const inside = (name: string): string[] => {
    const host = LAB_HOSTS.find((one) => one.name === name) ?? expect.fail("no host");
    return ["nsenter", `--net=${host.namespaceFile}`];
  };

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "understudy-e2e-"));
    const lab = parse(readFileSync(LAB_ENVIRONMENT, "utf8")) as { hosts: Record<string, object> };
    const hosts = Object.fromEntries(
      Object.entries(lab.hosts).map(([name, host]) => {
        const hook = { command: [SCRIPT, `${ADDRESS}/25`, OPERATOR_INTERFACE, ...inside(name)] };
        return [name, { ...host, hooks: { promoted: hook, demoted: hook } }];
      }),
    );
    file = path.join(folder, "hooks.yaml");
    writeFileSync(file, stringify({ ...lab, hosts }));
    await untilWhole("host-a");
    await declareEnvironment(file);
    good(await understudy("up", "--env-config", file, "--execute"));
    await run(SCRIPT, [`${ADDRESS}/25`, OPERATOR_INTERFACE, ...inside("host-a"), "promoted"]);
  });

  after(async () => {
    for (const { name } of LAB_HOSTS)
      await attempt(SCRIPT, [`${ADDRESS}/25`, OPERATOR_INTERFACE, ...inside(name), "demoted"]);
    await declareEnvironment(LAB_ENVIRONMENT);
    good(await understudy("up", "--env-config", LAB_ENVIRONMENT, "--execute"));
    rmSync(folder, { recursive: true, force: true });
  });

  async function holders(): Promise<readonly string[]> {
    const shown = LAB_HOSTS.map(async ({ name }) => {
      const [program = "", ...words] = inside(name);
      const text = await run(program, [...words, "ip", "-o", "address", "show", "dev", OPERATOR_INTERFACE]);
      return text.includes(`${ADDRESS}/25`) ? [name] : [];
    });
    return (await Promise.all(shown)).flat();
  }

  it("is not moved by a dry run, which says what would move it", async () => {
    const { stdout } = good(await understudy("failover", "--env-config", file, "--output-file", `${folder}/dry.env`));
    const document = JSON.parse(readFileSync(`${folder}/dry.json`, "utf8")) as EvidenceDocument;
    const names = document.steps.flatMap(({ checks }) => checks.map(({ name }) => name));
    expect(
      names.filter((name) => /^hook .* would run/.test(name)),
      stdout,
    ).to.have.length(2);
    expect(await holders()).to.deep.equal(["host-a"]);
  });

  for (const to of ["host-b", "host-a"] as const satisfies readonly HostName[])
    it(`goes to ${to} with the role, and the evidence has both hooks`, async () => {
      const output = `${folder}/${to}.env`;
      good(await understudy("switchover", "--env-config", file, "--to", to, "--output-file", output, "--execute"));
      expect(await holders()).to.deep.equal([to]);
      const { hooks } = JSON.parse(readFileSync(output.replace(/env$/, "json"), "utf8")) as EvidenceDocument;
      expect(hooks?.ran.map(({ hook, exitCode }) => [hook, exitCode])).to.deep.equal([
        ["demoted", 0],
        ["promoted", 0],
      ]);
      good(await verdict(output));
      await untilWhole(to);
    });
});
