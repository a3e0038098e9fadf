import { spawnSync } from "node:child_process";
import { existsSync, globSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { connectEngine } from "../../drills/hosts/engine";
import { isFilesVolume } from "../../settings/names";
import { namedHosts } from "../../settings/pair";
import { LAB_FILES, LAB_HOSTS } from "../../lab/host/layout";
import { good } from "../support/lab-pair";
import { passwordsOfThePair } from "../support/lab-passwords";
import { labEnvironment, pulumi } from "../support/lab-stacks";
import { formsOf, secretsIn } from "../support/planted-secrets";

/**
 * Where a host's disk has a password of the pair in clear on purpose, by its path in a volume: what a store needs to follow
 * its peer after a restart (docs/design/files.md).
 */
const MEANT =
  /^volumes\/understudy-(timescaledb-data\/_data\/understudy\/pgpass|redis-data\/_data\/understudy\/redis\.conf)$/;

/** The files below these folders that hold one of the secrets, in clear or in base64. The words go through stdin. */
function filesWith(secrets: Readonly<Record<string, string>>, folders: readonly string[]): readonly string[] {
  const words = Object.values(secrets).flatMap(formsOf).join("\n");
  const found = spawnSync("grep", ["-rlaF", "-f", "-", ...folders], {
    input: words,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  // 2 as well where a file vanished meanwhile: what was found counts.
  expect(found.error).to.equal(undefined);
  return found.stdout.split("\n").filter(Boolean);
}

describe("the passwords of the lab's pair, each made for it and used nowhere else", function () {
  this.timeout(900_000);
  let secrets: Readonly<Record<string, string>>;

  before(async () => {
    secrets = await passwordsOfThePair();
  });

  it("are in no state and no config of the stacks, no log, no evidence and no temporary file of the operator", async () => {
    for (const stack of ["primary", "standby"]) good(await pulumi("-s", stack, "stack", "output", "--json"));
    const folders = [LAB_FILES.state, LAB_FILES.project, "docs/results", "tests/.report", tmpdir()].filter(existsSync);
    expect(filesWith(secrets, folders)).to.deep.equal([]);
  });

  for (const { name } of LAB_HOSTS) {
    it(`are in nothing that the engine of ${name} tells of its containers, nor in their logs`, async () => {
      const host = namedHosts(labEnvironment()).find((one) => one.name === name);
      if (host === undefined) throw new Error(`the lab's environment has no ${name}`);
      const engine = connectEngine(host);
      try {
        const containers = await engine.docker.listContainers({ all: true });
        expect(containers.length).to.be.greaterThan(6);
        for (const { Id: id, Names: names } of containers) {
          const container = engine.docker.getContainer(id);
          const [told, log] = [await container.inspect(), await container.logs({ stdout: true, stderr: true })];
          expect(secretsIn(JSON.stringify(told) + log.toString("latin1"), secrets), names[0]).to.deep.equal([]);
          expect(names[0]).to.not.match(/-files-writer$/);
        }
      } finally {
        engine.close();
      }
    });
  }

  for (const { name, dataRoot } of LAB_HOSTS) {
    it(`lie on the disk of ${name} in the files meant for them alone`, () => {
      const found = filesWith(secrets, [dataRoot]).map((file) => path.relative(dataRoot, file));
      const inFiles = (file: string): boolean => isFilesVolume(/^volumes\/([^/]+)\//.exec(file)?.[1] ?? "");
      expect(found.filter((file) => !inFiles(file) && !MEANT.test(file))).to.deep.equal([]);
      expect(found.filter(inFiles).length, "there they are").to.be.greaterThan(4);
    });

    it(`can be read on ${name} by the account of their container alone`, () => {
      const root = path.join(dataRoot, "volumes");
      const files = globSync("understudy-*-files/_data/[ab]/**/*", { cwd: root });
      expect(files.length).to.be.greaterThan(10);
      for (const file of files) {
        const entry = statSync(path.join(root, file));
        expect((entry.mode & 0o777).toString(8), file).to.equal(entry.isDirectory() ? "500" : "400");
      }
      const owners = new Set(
        globSync("understudy-redis-files/_data/*/*", { cwd: root }).map((file) => statSync(path.join(root, file)).uid),
      );
      expect(
        [...owners].every((uid) => uid !== 0),
        "of Redis",
      ).to.equal(true);
    });
  }
});
