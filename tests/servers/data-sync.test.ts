import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { bring } from "../../drills/services/data-sync/bring";
import { openHostToHost } from "../../drills/services/data-sync/host-to-host";
import { parseFileList, type FileList } from "../../drills/services/data-sync/file-list";
import { PIECE_BYTES } from "../../drills/services/data-sync/pieces";
import { ON_THE_HOST, routeOf, throughTheCommand, type Carriers } from "../../drills/services/data-sync/route";
import { ADD_PART, INCOMING, LIST, PACK_FILES, PACK_PART, PLACE } from "../../drills/services/data-sync/scripts";
import { copyAhead, NOTHING_AHEAD, transfer } from "../../drills/services/data-sync/transfer";
import type { CarriedService } from "../../settings/services";
import { messageOf } from "../../settings/user-error";
import { folderCarrier, type FolderCarrier } from "../support/folder-carrier";
import { freePort } from "../support/free-port";
import { temporaryFolder } from "../support/temporary-folder";

const BIG = "chunks/fake/big one";
const SMALL = ["chunks/fake/a b", "chunks/index/1:2=", "chunks/fake/c"];
const LOKI: CarriedService = "loki";

type Side = Omit<Carriers, "from" | "to"> & { readonly from: FolderCarrier; readonly to: FolderCarrier };

describe("the data of a service on their way to the other host", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const opened: FolderCarrier[] = [];
  let turn = 0;

  afterEach(() => Promise.all(opened.splice(0).map((one) => one.remove())));

  function sides(): Side {
    turn += 1;
    const [from, to] = ["from", "to"].map((side) => folderCarrier(`${folder()}/${turn}/${side}`));
    if (from === undefined || to === undefined) throw new Error("no carriers");
    opened.push(from, to);
    return { from, to, route: routeOf([throughTheCommand(from, to)], "as in this test") };
  }

  function put(carrier: FolderCarrier, name: string, content: Buffer | string, seconds = 1_700_000_000): void {
    const file = path.join(carrier.folder(LOKI), name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
    utimesSync(file, seconds, seconds);
  }

  /** A small set of files and a large one of three pieces. */
  function filled(): Side {
    const side = sides();
    for (const name of SMALL) put(side.from, name, `the content of ${name}`);
    put(side.from, BIG, randomBytes(2 * PIECE_BYTES + 17));
    return side;
  }

  const inPlace = ({ to }: Side): string[] => files(to.folder(LOKI)).filter((name) => !name.startsWith(INCOMING));
  const waiting = ({ to }: Side): string[] => files(path.join(to.folder(LOKI), INCOMING));
  const runs = (carrier: FolderCarrier, script: string): number =>
    carrier.ran.filter((one) => one.endsWith(script)).length;
  const listed = async ({ from }: Side): Promise<FileList> =>
    parseFileList(await from.read(LIST, from.folder(LOKI), "chunks"));
  const same = ({ from, to }: Side, name: string): boolean =>
    readFileSync(path.join(from.folder(LOKI), name)).equals(readFileSync(path.join(to.folder(LOKI), name)));

  it("go from host to host, over a line on which each end shows the key of this drill", async () => {
    const side = filled();
    const port = await freePort();
    const direct = await openHostToHost(side.from, side.to, { address: "127.0.0.1", port }, port);
    const route = routeOf([direct, throughTheCommand(side.from, side.to)], null);
    const done = await transfer({ ...side, route }, LOKI, NOTHING_AHEAD);
    expect(done).to.deep.include({
      ...{ files: 4, copiedFiles: 4, attempts: 1, keptFiles: 0, digestAfter: done.digestBefore },
      route: { way: "host-to-host", why: null },
    });
    expect([...SMALL, BIG].every((name) => same(side, name))).to.equal(true);
    expect(waiting(side)).to.deep.equal([]);
    for (const words of [["ping"], ["--tls", "--insecure", "ping"]]) {
      const { stdout } = spawnSync("redis-cli", ["-h", "127.0.0.1", "-p", String(port), ...words], {
        encoding: "utf8",
      });
      expect(stdout, words.join(" ")).not.to.include("PONG");
    }
    expect(runs(side.from, PACK_PART)).to.equal(3);
  });

  it("go through the command where the other host is not reached, and the route says why", async () => {
    const side = filled();
    const port = await freePort();
    const failure = await openHostToHost(side.from, side.to, { address: "127.0.0.1", port }).catch(messageOf);
    expect(failure).to.include(`its sync container does not answer at 127.0.0.1:${port}`);
    const done = await transfer(side, LOKI, NOTHING_AHEAD);
    expect(done.route).to.deep.equal({ way: "through-the-command", why: "as in this test" });
    expect(same(side, BIG)).to.equal(true);
  });

  it("take the other way where the line between the hosts breaks on the way, and go on from there", async () => {
    const side = filled();
    let pieces = 0;
    const through = throughTheCommand(side.from, side.to);
    const breaks = {
      way: "host-to-host" as const,
      move: (name: string, bytes: number) =>
        (pieces += 1) > 2 ? Promise.reject(new Error("the line is broken")) : through.move(name, bytes),
    };
    const route = routeOf([breaks, through], null);
    const done = await transfer({ ...side, route }, LOKI, NOTHING_AHEAD);
    expect(done.route).to.deep.equal({ way: "through-the-command", why: "the line is broken" });
    expect(done.attempts).to.equal(3);
    expect(same(side, BIG)).to.equal(true);
    expect(runs(side.to, ADD_PART), "no part went twice").to.equal(3);
  });

  it("keep what arrived when a drill ends before all has: the next one brings the rest alone", async () => {
    const side = filled();
    let packed = 0;
    side.from.before = (script) => {
      if (script === PACK_PART && (packed += 1) > 1) throw new Error("the host is gone");
    };
    const failure = await transfer(side, LOKI, NOTHING_AHEAD).catch(messageOf);
    expect(failure).to.include("the host is gone");
    expect(inPlace(side), "nothing has taken its place").to.deep.equal([]);
    expect(waiting(side).filter((name) => !name.startsWith(".parts/"))).to.have.members(SMALL);
    expect(runs(side.to, PLACE)).to.equal(0);
    side.from.before = () => undefined;
    side.from.ran.length = 0;
    const done = await transfer(side, LOKI, NOTHING_AHEAD);
    expect(done).to.include({ keptFiles: 3, attempts: 1, copiedFiles: 4 });
    expect([runs(side.from, PACK_FILES), runs(side.from, PACK_PART)]).to.deep.equal([0, 2]);
    expect([...SMALL, BIG].every((name) => same(side, name))).to.equal(true);
  });

  it("come anew where a file has changed since a part of it arrived: parts of two never meet", async () => {
    const side = filled();
    let packed = 0;
    side.from.before = (script) => {
      if (script === PACK_PART && (packed += 1) > 1) throw new Error("the host is gone");
    };
    await copyAhead(side, LOKI).catch(() => undefined);
    side.from.before = () => undefined;
    put(side.from, BIG, randomBytes(2 * PIECE_BYTES + 17), 1_700_000_100);
    put(side.from, SMALL[0] ?? "", "another content", 1_700_000_100);
    rmSync(path.join(side.from.folder(LOKI), SMALL[1] ?? ""));
    const done = await transfer(side, LOKI, NOTHING_AHEAD);
    expect(done.keptFiles).to.equal(1);
    expect(inPlace(side)).to.have.members([BIG, SMALL[0], SMALL[2]]);
    expect(existsSync(path.join(side.to.folder(LOKI), path.dirname(SMALL[1] ?? ""))), "no folder of nothing").to.equal(
      false,
    );
    expect([BIG, SMALL[0] ?? ""].every((name) => same(side, name))).to.equal(true);
  });

  it("come anew where what waits is not what was sent, though size and time are the same", async () => {
    const side = filled();
    await copyAhead(side, LOKI);
    const file = path.join(side.to.folder(LOKI), INCOMING, SMALL[0] ?? "");
    const { size, mtime } = statSync(file);
    writeFileSync(file, "x".repeat(size));
    utimesSync(file, mtime, mtime);
    expect(await transfer(side, LOKI, NOTHING_AHEAD)).to.include({ keptFiles: 4 });
    expect(same(side, SMALL[0] ?? "")).to.equal(true);
  });

  it("are not read again when they were copied ahead and are as they were", async () => {
    const side = filled();
    const ahead = await copyAhead(side, LOKI);
    expect([...ahead.proved.keys()]).to.have.length(4);
    side.from.ran.length = 0;
    put(side.from, "chunks/late", "written after that");
    const done = await transfer(side, LOKI, ahead);
    expect(done).to.include({ copiedFiles: 5, attempts: 2, keptFiles: 0 });
    expect(side.from.ran).to.have.length(4, "the list, one piece, which is taken away, and one checksum");
  });

  it("may lose a file on the way that a running service removes", async () => {
    const side = filled();
    const here = await listed(side);
    rmSync(path.join(side.from.folder(LOKI), SMALL[0] ?? ""));
    await bring(side, LOKI, here, [...SMALL.map((name) => `./${name}`)]);
    expect(waiting(side)).to.have.members(SMALL.slice(1));
    for (const name of SMALL) rmSync(path.join(side.from.folder(LOKI), name), { force: true });
    await copyAhead(side, LOKI);
    expect((await transfer(side, LOKI, NOTHING_AHEAD)).files).to.equal(1);
    expect(inPlace(side)).to.deep.equal([BIG]);
  });

  it("end with the last failure when nothing arrives any more", async () => {
    const side = filled();
    side.from.before = (script) => {
      if (script.endsWith(PACK_FILES)) throw new Error("nothing arrives");
    };
    expect(
      await bring(
        side,
        LOKI,
        await listed(side),
        SMALL.map((one) => `./${one}`),
      ).catch(messageOf),
    ).to.equal("nothing arrives");
  });

  it("stay on the host where they come from a backup that lies there", async () => {
    const { to, from: backup } = filled();
    const from: FolderCarrier = { ...to, folder: (service) => backup.folder(service) };
    const done = await transfer({ from, to, route: routeOf([ON_THE_HOST], null) }, LOKI, NOTHING_AHEAD);
    expect(done).to.deep.include({ copiedFiles: 4, route: { way: "on-the-host", why: null } });
    expect(same({ from: backup, to, route: routeOf([ON_THE_HOST], null) }, BIG)).to.equal(true);
  });

  it("take the place of a single database, whose former one is kept aside", async () => {
    const side = sides();
    const [source, target] = [side.from.folder("grafana"), side.to.folder("grafana")];
    writeFileSync(`${source}/grafana.db`, "the newer one");
    writeFileSync(`${target}/grafana.db`, "the former");
    writeFileSync(`${target}/only-there`, "x");
    await transfer(side, "grafana", NOTHING_AHEAD);
    expect(readFileSync(`${target}/grafana.db`, "utf8")).to.equal("the newer one");
    expect(existsSync(`${target}/only-there`)).to.equal(false);
    expect(readFileSync(`${target}/.understudy-former/grafana.db`, "utf8")).to.equal("the former");
  });
});

function files(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => path.relative(folder, path.join(one.parentPath, one.name)));
}
