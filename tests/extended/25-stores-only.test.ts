import { readFileSync } from "node:fs";
import { expect } from "chai";
import { connectEngine } from "../../drills/hosts/engine";
import type { EvidenceDocument } from "../../evidence/document";
import { containerName, volumeName } from "../../settings/names";
import { viewFrom } from "../../settings/pair";
import { CARRIED_SERVICES, OTHER_SERVICES } from "../../settings/services";
import { crash } from "../support/crash-drill";
import { good, swapTo, untilRoles, untilWhole, type HostName } from "../support/lab-pair";
import { LAB_ENVIRONMENT, labEnvironment, understudy, type Finished } from "../support/lab-stacks";
import { temporaryFolder } from "../support/temporary-folder";
import { untilAllWell } from "../support/until-all-well";

type Engine = ReturnType<typeof connectEngine>;

async function onHost<T>(host: HostName, use: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = connectEngine(viewFrom(labEnvironment(), host).self);
  try {
    return await use(engine);
  } finally {
    engine.close();
  }
}

/** A scratch container from the image of the host's Redis, which runs one script as root. */
async function scratch(engine: Engine, script: string, host: object): Promise<{ readonly id: string }> {
  const { Image: image } = await engine.docker.getContainer(containerName("redis")).inspect();
  const container = await engine.docker.createContainer({
    ...{ Image: image, User: "0", Entrypoint: ["sh", "-c", script], Cmd: [] },
    ExposedPorts: { "8012/tcp": {} },
    HostConfig: { AutoRemove: true, ...host },
  });
  await container.start();
  return { id: container.id };
}

describe("a primary whose other services are sick", function () {
  this.timeout(600_000);
  const folder = temporaryFolder();
  const switchover = (name: string, ...words: string[]): Promise<Finished> =>
    understudy(
      ...["switchover", "--env-config", LAB_ENVIRONMENT, "--output-file", `${folder()}/${name}.env`],
      ...words,
    );
  const verify = (name: string, ...words: string[]): Promise<Finished> =>
    understudy(
      ...["verify", "--evidence", `${folder()}/${name}.env`],
      ...["--max-failover-seconds", "600", "--max-data-lag-events", "0", ...words],
    );
  const evidence = (name: string): EvidenceDocument =>
    JSON.parse(readFileSync(`${folder()}/${name}.json`, "utf8")) as EvidenceDocument;

  before(async () => {
    await untilWhole("host-a");
    await onHost("host-a", async ({ docker }) => {
      await docker.getContainer(containerName("loki")).pause();
      await docker.getContainer(containerName("tempo")).stop({ t: 1 });
      await docker.getContainer(containerName("grafana")).remove({ force: true });
    });
  });

  it("is not left by a whole switchover, which names the command that leaves it", async () => {
    const run = await switchover("whole", "--to", "host-b");
    expect(run.code, run.stdout + run.stderr).to.equal(1);
    expect(run.stdout).to.include("understudy switchover --stores-only --to host-b");
  });

  it("is left with its two stores: the dry run, the switchover and its evidence say so of each service", async () => {
    expect(good(await switchover("dry", "--to", "host-b", "--stores-only")).stdout).to.match(/scope {5}the two stores/);
    const run = good(await switchover("there", "--to", "host-b", "--stores-only", "--execute"));
    for (const service of OTHER_SERVICES) expect(run.stdout).to.match(new RegExp(`data {6}${service}: neither asked`));
    await untilRoles("standby", "primary");
    expect(evidence("there").drill.storesOnly).to.equal(true);
    const refused = await verify("there");
    expect([refused.code, refused.stdout]).to.deep.equal([
      1,
      "REFUSED expected-services document.drill.storesOnly=true limit: absent: a drill of every service, unless --stores-only is asked for\n",
    ]);
    expect(good(await verify("there", "--stores-only")).stdout).to.include("the two stores only");
  });

  it("was touched in nothing else, and is mended as status advises", async () => {
    await onHost("host-a", async ({ docker }) => {
      expect((await docker.getContainer(containerName("loki")).inspect()).State.Paused).to.equal(true);
      expect((await docker.getContainer(containerName("tempo")).inspect()).State.Running).to.equal(false);
      await docker.getContainer(containerName("loki")).unpause();
      await docker.getContainer(containerName("tempo")).start();
    });
    good(await understudy("up", "--env-config", LAB_ENVIRONMENT, "--execute"));
    await untilAllWell();
    await swapTo("host-a", `${folder()}/back.env`);
    await untilAllWell();
  });
});

describe("service data on their way", function () {
  this.timeout(600_000);
  const folder = temporaryFolder();
  const carried = (name: string) =>
    new Map(
      (JSON.parse(readFileSync(`${folder()}/${name}.json`, "utf8")) as EvidenceDocument).continuity?.services.flatMap(
        (one) => (one.carried === null ? [] : [[one.service, one.carried] as const]),
      ),
    );

  before(async () => {
    await untilWhole("host-a");
    await onHost("host-a", async (engine) => {
      const script =
        "mkdir -p /v/chunks/understudy-test; head -c 41943057 /dev/urandom >/v/chunks/understudy-test/large";
      const { id } = await scratch(engine, script, { Binds: [`${volumeName("loki")}:/v`] });
      await engine.docker
        .getContainer(id)
        .wait()
        .catch(() => undefined);
    });
  });

  it("are kept when a drill ends after they were copied ahead: the next one brings the rest", async () => {
    const run = await crash(["--to", "host-b", "--output-file", `${folder()}/ended.env`], "precheck ends", "interrupt");
    expect(run.code, run.stdout + run.stderr).to.equal(1);
    await untilWhole("host-a");
    await swapTo("host-b", `${folder()}/there.env`);
    const loki = carried("there").get("loki");
    expect(loki?.keptFiles).to.be.greaterThan(0);
    expect(loki?.copiedBytes).to.be.greaterThan(41_943_040);
    for (const service of CARRIED_SERVICES)
      expect(carried("there").get(service)?.route, service).to.deep.equal({ way: "host-to-host", why: null });
  });

  it("go through the command where the port is not free, and the evidence and the summary say so", async () => {
    const taken = await onHost("host-b", (engine) =>
      scratch(engine, "sleep 600", { PortBindings: { "8012/tcp": [{ HostPort: "8012" }] } }),
    );
    try {
      await swapTo("host-a", `${folder()}/back.env`);
    } finally {
      await onHost("host-b", ({ docker }) => docker.getContainer(taken.id).remove({ force: true }));
    }
    const route = carried("back").get("loki")?.route;
    expect(route?.way).to.equal("through-the-command");
    expect(route?.why).to.match(/listens on port 8012/);
  });
});
