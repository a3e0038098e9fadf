import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { runProgram } from "../../../support/run-program";
import { temporaryFolder } from "../../../support/temporary-folder";

const PLACE = path.resolve(__dirname, "../../../../configs/backup/place.sh");

describe("putting restored data into a stopped service's volume", () => {
  const folder = temporaryFolder();
  let count = 0;

  /** A volume with files, by path below it. */
  function volume(files: Readonly<Record<string, string>>): string {
    const target = path.join(folder(), String((count += 1)));
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(target, file)), { recursive: true });
      writeFileSync(path.join(target, file), content);
    }
    return target;
  }
  const place = (target: string, ...words: string[]): { code: number | null; said: string } =>
    runProgram("sh", PLACE, target, ...words);
  const kept = (target: string): string[] => readdirSync(target).filter((one) => one.startsWith(".understudy-before-"));
  const read = (target: string, file: string): string => readFileSync(path.join(target, file), "utf8");

  it("keeps what was there, and leaves the boot guard's folder alone", () => {
    const target = volume({
      ...{ ".understudy-restore/chunks/1": "new", "chunks/1": "old", "wal/2": "old", "understudy/paired": "" },
    });
    expect(place(target)).to.include({ code: 0 });
    expect([read(target, "chunks/1"), read(target, `${kept(target)[0]}/chunks/1`)]).to.deep.equal(["new", "old"]);
    expect(existsSync(path.join(target, "wal")), "nothing of the former data beside the new").to.equal(false);
    expect(readdirSync(path.join(target, "understudy"))).to.deep.equal(["paired"]);
    expect(existsSync(path.join(target, ".understudy-restore"))).to.equal(false);
  });

  it("keeps what every restore displaced, each under its own name", () => {
    const target = volume({ ".understudy-restore/chunks/1": "second", "chunks/1": "first" });
    place(target);
    mkdirSync(path.join(target, ".understudy-restore/chunks"), { recursive: true });
    writeFileSync(path.join(target, ".understudy-restore/chunks/1"), "third");
    expect(place(target).code).to.equal(0);
    const displaced = kept(target).map((one) => read(target, `${one}/chunks/1`));
    expect([...displaced.sort(), read(target, "chunks/1")]).to.deep.equal(["first", "second", "third"]);
  });

  it("touches nothing where nothing was restored", () => {
    const target = volume({ "chunks/1": "old" });
    expect(place(target).code).not.to.equal(0);
    expect(read(target, "chunks/1")).to.equal("old");
  });

  it("tells the guard of a PostgreSQL on a fresh host that it has a peer, and need not ask it this once", () => {
    const target = volume({ ".understudy-restore/pgdata/PG_VERSION": "15", "understudy/status": "held" });
    expect(place(target, "paired", "release")).to.include({ code: 0 });
    expect(readdirSync(path.join(target, "understudy"))).to.deep.equal(["paired", "release", "status"]);
  });

  it("forgets what the guard was told of other data: a fence, an order to return, a first role", () => {
    const left = { "understudy/fenced": "d-1", "understudy/rejoin": "order", "understudy/init": "standby" };
    const target = volume({ ".understudy-restore/pgdata/PG_VERSION": "15", ...left });
    place(target, "paired", "release");
    expect(readdirSync(path.join(target, "understudy"))).to.deep.equal(["paired", "release"]);
  });

  it("makes a fresh Redis a primary, and leaves no release that a later start would use", () => {
    const target = volume({ ".understudy-restore/appendonlydir/1": "x" });
    expect(place(target, "paired", "release")).to.include({ code: 0 });
    expect(read(target, "understudy/init")).to.equal("primary\n");
    expect(readdirSync(path.join(target, "understudy"))).to.deep.equal(["init", "paired"]);
  });

  it("makes a Redis that followed a primary, with the rest of its configuration", () => {
    const conf = "include redis.conf\nreplicaof 10.0.0.2 6379\nmaxmemory 1gb\n";
    const target = volume({ ".understudy-restore/appendonlydir/1": "x", "understudy/redis.conf": conf });
    expect(place(target, "paired", "release")).to.include({ code: 0 });
    expect(read(target, "understudy/redis.conf")).to.equal("include redis.conf\nmaxmemory 1gb\n");
    expect(readdirSync(path.join(target, "understudy"))).to.deep.equal(["paired", "redis.conf", "release"]);
  });
});
