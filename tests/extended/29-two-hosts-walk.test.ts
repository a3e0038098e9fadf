import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { parse, parseDocument } from "yaml";
import { pollUntil } from "../../drills/hosts/bounded";
import { CHECKOUT } from "../../lab/host/project";
import { HOST_A, HOST_B, LAB_FILES, LAB_HOSTS } from "../../lab/host/layout";
import { labPair } from "../../lab/host/lab-pair";
import { readyPair } from "../../lab/host/pair-care";
import { viewFrom } from "../../settings/pair";
import { blocksUnder } from "../support/documentation/shell-blocks";
import { good } from "../support/lab-pair";
import { labEnvironment, LAB_ENVIRONMENT, understudy, type Finished } from "../support/lab-stacks";
import { onEngine } from "../support/lab-with-backups";
import { temporaryFolder } from "../support/temporary-folder";

const PAGE = "docs/TWO_HOSTS.md";
const SETTLED = { deadlineMs: 120_000, pauseMs: 2000 };

/** The lab's hosts in the place of the page's: addresses, the way there, and images where no registry answers. */
function asInTheLab(script: string): string {
  const [a, b] = [HOST_A, HOST_B].map(({ name }) => viewFrom(labEnvironment(), name).self);
  if (a === undefined || b === undefined) throw new Error("the lab has two hosts");
  return script
    .replaceAll("192.168.40.11", a.replication_address)
    .replaceAll("192.168.40.12", b.replication_address)
    .replace(
      /--primary (\S+)/,
      `--name walk --images-file ${LAB_FILES.images} --ssh-config ${LAB_FILES.sshConfig} --primary ${a.docker}`,
    )
    .replace(/--standby (\S+)/, `--standby ${b.docker}`)
    .replaceAll("ssh -o", `ssh -F ${LAB_FILES.sshConfig} -o`)
    .replaceAll("deploy@host-a.example", `root@${a.address}`)
    .replaceAll("deploy@host-b.example", `root@${b.address}`)
    .replaceAll("host-a.example", a.address)
    .replaceAll("host-b.example", b.address)
    .replaceAll('"pair/host-a pair/host-b"', '"walk/host-a walk/host-b"');
}

describe("the walk of docs/TWO_HOSTS.md, from two bare hosts to a drill and a session of an application", function () {
  this.timeout(1_200_000);
  this.slow(600_000);
  this.bail(true);
  const folder = temporaryFolder();
  const pair = (): string => path.join(folder(), "pair");
  /** What the page has said so far to set the shell up. */
  let exports = "";

  /** Runs a block of the page as a person does, in one shell after the other, with what was exported before. */
  async function run(script: string, where = pair()): Promise<Finished> {
    const child = spawn("sh", ["-euc", `${exports}\n${asInTheLab(script)}`], {
      cwd: where,
      env: { ...process.env, NO_COLOR: "1", UNDERSTUDY_ENV_CONFIG: undefined },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [stdout, stderr, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number | null>((resolve, reject) => child.on("close", resolve).on("error", reject)),
    ]);
    return { code, stdout, stderr };
  }
  const block = (heading: string): string => {
    const [only, ...others] = blocksUnder(PAGE, heading);
    if (only === undefined || others.length > 0) throw new Error(`${PAGE}: "${heading}" has not one block`);
    return only;
  };
  const linesOf = (heading: string): readonly string[] => block(heading).trim().split("\n");
  const held = (host: string): Promise<readonly string[]> =>
    onEngine(host as "host-a", async ({ docker }) => {
      const containers = await docker.listContainers({ all: true });
      const { Volumes: volumes } = await docker.listVolumes();
      return [...containers.flatMap(({ Names: names }) => names), ...volumes.map(({ Name: name }) => name)].sort();
    });

  before("the lab's own pair goes, with its data", async () => {
    await readyPair(labPair(labEnvironment()), () => undefined);
    const words = ["--remove-data", "lab/host-a lab/host-b", "--execute"];
    good(await understudy("down", "--env-config", LAB_ENVIRONMENT, ...words));
    for (const { name } of LAB_HOSTS) expect(await held(name)).to.deep.equal([]);
  });

  after("and comes back", async () => {
    if (existsSync(path.join(pair(), "environment.yaml")))
      good(await run('understudy down --remove-data "pair/host-a pair/host-b" --execute'));
    good(await understudy("up", "--env-config", LAB_ENVIRONMENT, "--execute"));
    await readyPair(labPair(labEnvironment()), () => undefined);
  });

  it("reaches both servers and their engines", async () => {
    const ways = [...linesOf("1. Reach both servers"), ...linesOf("2. Install Docker, filter the ports")];
    for (const line of ways.filter((one) => one.startsWith("ssh "))) good(await run(line, folder()));
  });

  it("makes the pair's folder: every file, both stacks, secrets, certificates, and doctor finds nothing to mend", async () => {
    const [init = "", , ...others] = linesOf("3. Make the pair's folder");
    const words = init.replace("bin/understudy", `${CHECKOUT}/bin/understudy`).replace("../pair", pair());
    const made = await run(words, folder());
    expect(made.code, made.stdout + made.stderr).to.equal(0);
    expect(made.stdout)
      .to.match(/^DONE init of walk/)
      .and.to.include("all good");
    exports = others.join("\n");
    smaller();
  });

  /** The lab's hosts are small: each container gets what it has in the lab. */
  function smaller(): void {
    const file = path.join(pair(), "environment.yaml");
    const document = parseDocument(readFileSync(file, "utf8"));
    const lab = parse(readFileSync(path.join(CHECKOUT, LAB_ENVIRONMENT), "utf8")) as {
      services: Record<string, { memory_mib: number }>;
    };
    for (const [name, { memory_mib: memory }] of Object.entries(lab.services))
      document.setIn(["services", name, "memory_mib"], memory);
    writeFileSync(file, document.toString());
  }

  it("brings both up, and status says that all is well", async () => {
    const [dry = "", execute = "", status = ""] = linesOf("4. Bring both up");
    good(await run(dry));
    good(await run(execute));
    const { reading } = await pollUntil(
      () => run(status),
      ({ code }) => code === 0,
      SETTLED,
    );
    expect(reading.stdout, reading.stderr).to.include("all well");
  });

  it("refuses another environment on these hosts, and the lab's own stacks: nothing is changed", async () => {
    const before = await Promise.all(LAB_HOSTS.map(({ name }) => held(name)));
    const refused = await understudy("up", "--env-config", LAB_ENVIRONMENT, "--execute");
    expect(refused.code, refused.stdout + refused.stderr).to.equal(3);
    expect(refused.stderr).to.match(/hosts\.host-a\.docker: on that machine run \d+ containers of walk\/host-a/);
    const words = ["--remove-data", "lab/host-a lab/host-b", "--execute"];
    await understudy("down", "--env-config", LAB_ENVIRONMENT, ...words);
    expect(await Promise.all(LAB_HOSTS.map(({ name }) => held(name)))).to.deep.equal(before);
    expect((await run("understudy status")).code).to.equal(0);
  });

  it("drills: a dry run, a switchover, accepted by the verifier, and a report", async () => {
    for (const line of linesOf("5. The first drill")) {
      const done = good(await run(line));
      if (line.startsWith("understudy verify")) expect(done.stdout).to.include("ACCEPTED");
    }
  });

  it("opens a session of the application's role on the new primary, encrypted", async () => {
    const { stdout } = good(await run(block("6. Connect")));
    expect(stdout).to.match(/^\s*shop\s*$/m);
  });

  it("goes, and its data with the words that name it", async () => {
    for (const line of linesOf("To take it down again")) good(await run(line));
    expect((await held("host-a")).filter((one) => one.startsWith("/"))).to.deep.equal([]);
    expect(await held("host-a")).to.include("understudy-timescaledb-data");
    const other = await understudy("up", "--env-config", LAB_ENVIRONMENT, "--execute");
    expect(other.code, "the data of a pair that is down are not taken over").to.equal(3);
    good(await run('understudy down --remove-data "pair/host-a pair/host-b" --execute'));
    for (const { name } of LAB_HOSTS) expect(await held(name)).to.deep.equal([]);
  });
});
