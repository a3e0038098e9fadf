import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { Agent } from "node:http";
import path from "node:path";
import Docker from "dockerode";
import { expect } from "chai";
import {
  filesAreThere,
  ownerIn,
  writeFiles,
  writerName,
  type WantedFiles,
} from "../../../../drills/hosts/files-volume";
import { bounded } from "../../../../drills/hosts/bounded";
import { FilesEngine } from "../../../support/files-engine";
import { temporaryFolder } from "../../../support/temporary-folder";

const PASSWD = "root:x:0:0:root:/root:/bin/sh\nredis:x:999:1000::/home/redis:/bin/sh\nnobody:x:65534:65534::/:\n";
const IMAGES = { "redis:7": PASSWD, distroless: "" };
const VOLUME = "understudy-redis-files";
const WANTED: WantedFiles = {
  container: "redis",
  image: "redis:7",
  user: "redis",
  files: [
    { name: "redis", content: "hush-1" },
    { name: "redis.conf", content: "port 6379\n" },
    { name: "rules/understudy.yml", content: "groups: []\n" },
  ],
};

/** What tar says of an archive, without sizes and times. */
function listed(archive: Buffer): readonly string[] {
  const said = execFileSync("tar", ["-t", "-v", "--numeric-owner", "-f", "-"], { input: archive, encoding: "utf8" });
  return said
    .split("\n")
    .filter(Boolean)
    .map((line) => line.replace(/ +\d+ \d{4}-\d\d-\d\d \d\d:\d\d/, ""));
}

describe("the files of a container, in its volume", () => {
  const folder = temporaryFolder();
  let engine: FilesEngine;
  beforeEach(async () => {
    engine = await FilesEngine.start(mkdtempSync(path.join(folder(), "engine-")), IMAGES);
  });
  afterEach(() => engine.stop());

  const write = (wanted: Partial<WantedFiles> = {}): Promise<string> =>
    writeFiles(engine.docker, "host-a", { ...WANTED, ...wanted });
  const seen = (name: string): string => readFileSync(path.join(engine.volume(VOLUME), "current", name), "utf8");
  const fails = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => "no failure",
      (error: unknown) => String(error),
    );

  it("belong to the container's account by the image's own numbers, and nobody else may read them", async () => {
    await write();
    expect([seen("redis"), seen("redis.conf"), seen("rules/understudy.yml")]).to.deep.equal([
      ...["hush-1", "port 6379\n", "groups: []\n"],
    ]);
    const archives = engine.bodies.filter((one) => one.includes("ustar")).map(listed);
    expect(archives).to.deep.equal([
      [
        "-r-------- 999/1000 a",
        "dr-x------ 999/1000 a",
        "dr-x------ 999/1000 a/rules",
        "-r-------- 999/1000 a/redis",
        "-r-------- 999/1000 a/redis.conf",
        "-r-------- 999/1000 a/rules/understudy.yml",
      ],
      ["lr-------- 999/1000 current -> a"],
    ]);
  });

  it("go through a container that is never started, and that is gone afterwards", async () => {
    await write();
    expect(engine.requests.filter((one) => /start|exec/.test(one))).to.deep.equal([]);
    expect([...engine.containers.keys()]).to.deep.equal([]);
    const asked = JSON.parse(engine.bodies[1]?.toString() ?? "{}") as Record<string, unknown>;
    expect(asked["HostConfig"]).to.deep.equal({
      NetworkMode: "none",
      Binds: ["understudy-redis-files:/understudy-files"],
    });
    expect(JSON.stringify(asked)).to.not.include("hush");
  });

  it("are of one generation at a time: the link turns to the new one, and the one before stays", async () => {
    expect(await write()).to.equal("a");
    expect(await write({ files: [{ name: "redis", content: "hush-2" }] })).to.equal("b");
    expect(readlinkSync(path.join(engine.volume(VOLUME), "current"))).to.equal("b");
    expect(engine.filesIn(VOLUME)).to.deep.equal({
      ...{ "a/redis": "hush-1", "a/redis.conf": "port 6379\n", "a/rules/understudy.yml": "groups: []\n" },
      "b/redis": "hush-2",
    });
  });

  it("leave nothing of the generation before the last one", async () => {
    for (const content of ["hush-1", "hush-2", "hush-3"]) await write({ files: [{ name: "redis", content }] });
    expect(engine.filesIn(VOLUME)).to.deep.equal({ "a/redis": "hush-3", "b/redis": "hush-2" });
    expect(seen("redis")).to.equal("hush-3");
  });

  it("are put there by an image without accounts, for an account by number", async () => {
    await write({ image: "distroless", user: "10001" });
    const archives = engine.bodies.filter((one) => one.includes("ustar")).map(listed);
    expect(archives.flat()).to.satisfy((all: string[]) => all.every((line) => / 10001\/0 /.test(line)));
    expect(seen("redis")).to.equal("hush-1");
  });

  it("are not put there for an account that the image does not have", async () => {
    expect(await fails(write({ user: "prometheus" }))).to.include("the image redis:7 has no account prometheus");
    expect(await fails(write({ image: "distroless" }))).to.include("has no account redis");
    expect(engine.filesIn(VOLUME)).to.deep.equal({});
    expect([...engine.containers.keys()]).to.deep.equal([]);
  });

  it("take the place of what an interrupted run left: its container, and half a generation", async () => {
    await write();
    const root = engine.volume(VOLUME);
    mkdirSync(path.join(root, "b/rules"), { recursive: true });
    writeFileSync(path.join(root, "b/half"), "hush-half");
    engine.containers.set(writerName("redis"), { image: "redis:7", mounts: {} });
    await write({ files: [{ name: "redis", content: "hush-2" }] });
    expect(Object.keys(engine.filesIn(VOLUME)).filter((one) => one.startsWith("b/"))).to.deep.equal(["b/redis"]);
    expect(seen("redis")).to.equal("hush-2");
  });

  // The run is cut off at each of its requests in turn, as by a kill or a lost line.
  for (let cut = 1; cut <= 8; cut++) {
    it(`are the old ones or the new ones, all of them, when it ends at its request ${cut}; the next run mends it`, async () => {
      await write();
      const news = { files: WANTED.files.map(({ name }) => ({ name, content: `new ${name}` })) };
      let count = 0;
      engine.before = () => ++count >= cut;
      await fails(write(news));
      const now = WANTED.files.map(({ name }) => seen(name));
      expect([WANTED.files.map(({ content }) => content), news.files.map(({ content }) => content)]).to.deep.include(
        now,
      );
      engine.before = () => false;
      await write(news);
      expect(WANTED.files.map(({ name }) => seen(name))).to.deep.equal(news.files.map(({ content }) => content));
      expect([...engine.containers.keys()]).to.deep.equal([]);
    });
  }

  it("come back where the volume was lost, or its link", async () => {
    await write();
    rmSync(path.join(engine.volume(VOLUME), "current"));
    await write();
    expect(seen("redis")).to.equal("hush-1");
    rmSync(engine.volume(VOLUME), { recursive: true });
    await write();
    expect(seen("redis")).to.equal("hush-1");
  });

  it("are not told by an error of the engine", async () => {
    engine.before = (request) => {
      if (request.startsWith("PUT ")) throw new Error("no space left on device");
      return false;
    };
    const said = await fails(write());
    expect(said).to.include("no space left on device").and.not.include("hush");
  });
});

describe("whether a container's files are there", () => {
  const folder = temporaryFolder();
  let engine: FilesEngine;
  before(async () => {
    engine = await FilesEngine.start(folder(), IMAGES);
  });
  after(() => engine.stop());

  it("is no without a volume, yes with one, and no where its container sees no link in it", async () => {
    const there = (): Promise<boolean> => filesAreThere(engine.docker, "host-a", "redis");
    expect(await there()).to.equal(false);
    await writeFiles(engine.docker, "host-a", WANTED);
    expect(await there()).to.equal(true);
    engine.running.set("understudy-redis", []);
    expect(await there()).to.equal(true);
    rmSync(path.join(engine.volume(VOLUME), "current"));
    expect(await there()).to.equal(false);
  });

  it("is asked of more containers than an engine has connections", async () => {
    await writeFiles(engine.docker, "host-a", WANTED);
    engine.running.set("understudy-redis", []);
    const { port } = engine;
    const docker = new Docker({
      host: "127.0.0.1",
      port,
      protocol: "http",
      agent: new Agent({ maxSockets: 1 }),
    } as never);
    const asked = Array.from({ length: 3 }, () => filesAreThere(docker, "host-a", "redis"));
    expect(await bounded("three questions", 1500, Promise.all(asked))).to.deep.equal([true, true, true]);
  });

  it("is not known where the engine does not say", async () => {
    engine.before = () => true;
    const said = await filesAreThere(engine.docker, "host-a", "redis").catch((error: unknown) => String(error));
    expect(said).to.be.a("string");
  });
});

describe("the numbers of an account", () => {
  it("are those of its line, by name or by number; a number without a line is itself, in group 0", () => {
    expect(ownerIn(PASSWD, "redis")).to.deep.equal({ uid: 999, gid: 1000 });
    expect(ownerIn(PASSWD, "999")).to.deep.equal({ uid: 999, gid: 1000 });
    expect(ownerIn(PASSWD, "472")).to.deep.equal({ uid: 472, gid: 0 });
    expect(ownerIn(PASSWD, "root")).to.deep.equal({ uid: 0, gid: 0 });
  });

  for (const [what, passwd] of [
    ["no such line", PASSWD],
    ["a line that is cut off", "grafana:x:\n"],
    ["a name that only begins so", "grafana2:x:1:1::/:\n"],
  ] as const) {
    it(`are not known with ${what}`, () => {
      expect(ownerIn(passwd, "grafana")).to.equal(undefined);
    });
  }
});
