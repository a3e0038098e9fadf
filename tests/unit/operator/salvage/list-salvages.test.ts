import { expect } from "chai";
import { parseSalvages } from "../../../../operator/salvage/list-salvages";
import { readCommands } from "../../../../operator/salvage/read-commands";

const MANIFEST = {
  ...{
    version: 1,
    store: "timescaledb",
    host: "host-a",
    peer: "host-b",
    name: "n",
    madeAt: "2026-11-24T03:00:00.000Z",
  },
  ...{
    systemIdentifier: "7300",
    timeline: 1,
    fromLsn: "0/5000060",
    toLsn: "0/6000000",
    lostEvents: 0,
    notListed: null,
  },
  files: [],
};
const ROOT = "/var/lib/postgresql/data/understudy";
const line = (one: string, data: string, manifest: object | undefined): string =>
  `${one}\t2048\t1764471600\t${data}\t${manifest === undefined ? "" : JSON.stringify(manifest)}\n`;
const held = (text: string): string | undefined => parseSalvages("timescaledb", ROOT, text)[0]?.holds;

describe("what a host keeps", () => {
  it("names its folder, the data a server can be started on, its size in bytes and when it was made", () => {
    expect(parseSalvages("timescaledb", ROOT, line("salvage/n", "salvage/n/pgdata", MANIFEST))).to.deep.equal([
      {
        ...{ store: "timescaledb", name: "n", folder: `${ROOT}/salvage/n`, data: `${ROOT}/salvage/n/pgdata` },
        ...{ bytes: 2_097_152, at: "2026-11-24T03:00:00.000Z", holds: "the data folder, whole; 0 of our own events" },
      },
    ]);
  });

  it("says whose rows diverged, and what is not known", () => {
    const relations = [{ relation: "1/2/3", name: "shop.public.orders", inserted: 300_000, updated: 0, deleted: 0 }];
    const diverged = { complete: true, transactions: 9, userTransactions: 1, relations };
    expect(held(line("salvage/n", "salvage/n/pgdata", { ...MANIFEST, diverged }))).to.include(
      "1 of 9 transactions are a user's; shop.public.orders +300000 ~0 -0 rows; 0 of our own events",
    );
    expect(held(line("salvage/n", "", { ...MANIFEST, lostEvents: null, notListed: "x" }))).to.equal(
      "WAL and our own events; our own events not listed",
    );
    expect(held(line("salvage/n", "salvage/n/pgdata", undefined))).to.include("not compared with the primary");
  });

  it("counts what a restore into service replaced, and nothing where there is nothing", () => {
    const [one] = parseSalvages(
      "redis",
      "/data/understudy",
      line("../.understudy-before-1", "../.understudy-before-1", undefined),
    );
    expect([one?.name, one?.data, one?.holds]).to.deep.equal([
      ".understudy-before-1",
      "/data/.understudy-before-1",
      "what a restore into service replaced",
    ]);
    expect(parseSalvages("redis", "/data/understudy", "")).to.deep.equal([]);
  });

  it("is read by commands that reach the host as the product does", () => {
    const host = { docker: "ssh://deploy@host-a.example:2222", ssh_config: "ssh/config" };
    const [psql, dump] = readCommands(host, "timescaledb", "shop");
    expect(psql).to.match(
      /^ssh -t -F ssh\/config .*-p 2222 -l deploy -- host-a\.example docker exec -it understudy-salvage-timescaledb psql -h \/tmp -U postgres -d shop$/,
    );
    expect(dump).to.match(
      /docker exec understudy-salvage-timescaledb pg_dump -h \/tmp -U postgres -d shop >shop\.sql$/,
    );
    expect(readCommands(host, "timescaledb", "my shop")[1]).to.match(/ -d "'my shop'" >my_shop\.sql$/);
    expect(readCommands(host, "redis", "db3")[0]).to.match(/redis-cli -s \/tmp\/redis\.sock -n 3$/);
  });
});
