import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { runShell } from "../support/run-shell";
import { temporaryFolder } from "../support/temporary-folder";

const FILE = "configs/k8s/Dockerfile";

/** The instructions of a Dockerfile, lines that go on joined and comments taken away. */
function instructionsOf(text: string): readonly (readonly [string, string])[] {
  return text
    .replaceAll(/\\\n/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => {
      const [, name = "", rest = ""] = /^([A-Z]+) +(.*)$/.exec(line) ?? [];
      return [name, rest.replaceAll(/ +/g, " ")] as const;
    });
}

/** Its instructions, held against the checkout. `tests/extended/40-operator-image.test.ts` builds it on a stand-in for its base, and runs it. */
describe("the operator's image", () => {
  const folder = temporaryFolder();
  const instructions = instructionsOf(readFileSync(FILE, "utf8"));
  const all = (name: string): readonly string[] => instructions.flatMap(([one, rest]) => (one === name ? [rest] : []));

  it("begins with a Node that this program runs on", () => {
    const [, major = "0"] = /^node:([0-9]+)-/.exec(all("FROM")[0] ?? "") ?? [];
    const { engines } = JSON.parse(readFileSync("package.json", "utf8")) as { engines: { node: string } };
    expect(Number(major)).to.be.at.least(Number(engines.node.replace(">=", "")));
  });

  it("is one instruction after the other that is known, and nothing of it is fetched but by apt and the tool chain", () => {
    expect(new Set(instructions.map(([name]) => name))).to.deep.equal(
      new Set(["FROM", "RUN", "ENV", "WORKDIR", "COPY", "USER"]),
    );
    const [packages = "", setup = "", ...more] = all("RUN");
    expect(more).to.deep.equal([]);
    expect(packages).to.match(/^apt-get update && apt-get install --yes --no-install-recommends /);
    const setupUsage = readFileSync("toolchain/setup.sh", "utf8");
    expect(setup).to.match(/^PULUMI_HOME=\/opt\/understudy-pulumi toolchain\/setup\.sh --only tools && /);
    expect(setupUsage).to.match(/^ {2}--only tools /m);
  });

  it("has the programs that the command starts, SSH and certificates, and no engine of its own", () => {
    const words = (all("RUN")[0] ?? "").split(" ");
    expect(words).to.include.members(["ca-certificates", "openssh-client"]);
    expect(words).not.to.include("docker.io");
  });

  it("leaves Pulumi's own folder to the account: on the volume, where it may write, and every plugin on PATH", () => {
    expect(all("ENV").join(" ")).not.to.include("PULUMI_HOME");
    const setup = all("RUN")[1] ?? "";
    const [, loop = ""] = /&& (for plugin in .*?; done)/.exec(setup) ?? [];
    const image = folder();
    const plugin = path.join(image, "opt/understudy-pulumi/plugins/resource-docker-v5.2.0/pulumi-resource-docker");
    const bin = path.join(image, "opt/understudy-cache/bin");
    for (const one of [path.dirname(plugin), bin]) mkdirSync(one, { recursive: true });
    const moved = loop.replaceAll("/opt/", `${image}/opt/`);
    // Without the plugin, as where it was built: nothing is linked, and nothing fails.
    expect(runShell(image, moved)).to.include({ code: 0 });
    expect(readdirSync(bin)).to.deep.equal([]);
    writeFileSync(plugin, "", { mode: 0o755 });
    expect(runShell(image, moved)).to.include({ code: 0 });
    expect(realpathSync(path.join(bin, "pulumi-resource-docker"))).to.equal(realpathSync(plugin));
  });

  it("runs as the account that the manifests name, which may write where the volume is, in the folder that they name", () => {
    const user = all("USER")[0] ?? "";
    const [uid = ""] = user.split(":");
    for (const file of ["drill-job", "scheduled-drill-cronjob", "health-cronjob", "operator-pod"]) {
      const text = readFileSync(`configs/k8s/${file}.yaml`, "utf8");
      expect(text, file)
        .to.include(`runAsUser: ${uid}`)
        .and.to.include(`workingDir: ${all("WORKDIR")[0] ?? ""}`);
    }
    expect(all("RUN")[0]).to.include(`useradd --uid ${uid} `);
  });

  it("copies the checkout without what a build must not have, and with what the jobs start", () => {
    expect(all("COPY")).to.deep.equal([". ."]);
    const left = readFileSync(".dockerignore", "utf8").split("\n");
    expect(left).to.include.members([".git", "node_modules", "docs/results"]);
    for (const file of ["bin/understudy", "toolchain/setup.sh"]) {
      expect(existsSync(file), file).to.equal(true);
      expect(statSync(file).mode & 0o111, file).not.to.equal(0);
    }
    expect(left.some((one) => /^(bin|toolchain|configs|package)/.test(one))).to.equal(false);
  });
});
