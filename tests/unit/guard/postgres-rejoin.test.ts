import { expect } from "chai";
import { chmodSync, readdirSync } from "node:fs";
import { postgresManifestSchema } from "../../../drills/rejoin/manifest";
import { formerPrimary, peerAnswer } from "./postgres-stage";
import { SHELLS, type Stage } from "./stage";

const NAME = "20261124T030000Z-d-7";
const RANGE = "3 0/5000060 0/6000100 0000000000000005 0000000000000006";
const REWIND = `id-1 rewind ${NAME} 0/6000028 ${RANGE}`;
const CLONE = `id-2 clone ${NAME} 0/6000028 ${RANGE}`;
const FOLLOW = "id-3 follow - 0/6000028 1 0/0 - 0000000000000000 7FFFFFFFFFFFFFFF";
const CLONE_ONLY = "id-4 clone - - 1 0/0 - 0000000000000000 7FFFFFFFFFFFFFFF";

const row = (run: string, seq: number): string =>
  `["${run}", ${seq}]\t{"run" : "${run}", "seq" : ${seq}, "writtenAt" : "2026-11-24T03:00:0${seq}.000000Z"}\n`;
const key = (run: string, seq: number): string => `["${run}", ${seq}]\n`;

const NAMES = [
  "1663/16384/16390\tours\tunderstudy.understudy.events",
  "1663/16384/16400\tuser\tunderstudy.public.orders\n",
].join("\n");

/** WAL of one transaction that inserts two rows into each of these relations, by number. */
const wal = (...relations: readonly string[]): string =>
  [
    ...relations.flatMap((one) => [
      `rmgr: Heap        len (rec/tot):     59/    59, tx:          7, lsn: 0/05000060, prev 0/05000028, desc: INSERT off 3 flags 0x00, blkref #0: rel ${one} blk 0`,
      `rmgr: Heap2       len (rec/tot):     59/    59, tx:          7, lsn: 0/050000A0, prev 0/05000060, desc: MULTI_INSERT+INIT 1 tuples flags 0x02, blkref #0: rel ${one} blk 0`,
    ]),
    "rmgr: Transaction len (rec/tot):     34/    34, tx:          7, lsn: 0/050000F0, prev 0/050000A0, desc: COMMIT 2026-11-24 03:00:00.000000 UTC\n",
  ].join("\n");

/** A diverged host: rows 1 to 3 of run r; the peer has 1, and 4 which it wrote itself. Run same is the same on both. */
function diverged(shell: readonly string[], order: string): Stage {
  const stage = formerPrimary(shell);
  for (const [segment, content] of [
    ["000000020000000000000005", "of the timeline before"],
    ["000000030000000000000004", "common"],
    ["000000030000000000000005", "fork"],
    ["000000030000000000000006", "end"],
    ["000000030000000000000007", "recycled"],
  ] as const)
    stage.write(`data/pgdata/pg_wal/${segment}`, content);
  stage.write("data/pgdata/origin", "old\n");
  stage.write("data/understudy/rejoin", `${order}\n`);
  stage.write("stage/peer", peerAnswer("primary", 4));
  stage.write("stage/rewind", "pg_rewind: servers diverged at WAL location 0/5000060 on timeline 3\n");
  stage.write("stage/here-runs", '["r", 3, 11]\n["same", 9, 5]\n');
  stage.write("stage/there-runs", '["same", 9, 5]\n["r", 2, 12]\n');
  stage.write("stage/here-rows", row("r", 3) + row("r", 1) + row("r", 2));
  stage.write("stage/there-rows", key("r", 4) + key("r", 1));
  for (const where of ["here", "there"]) stage.write(`stage/${where}-names`, NAMES);
  stage.write("stage/waldump", wal("1663/16384/16390"));
  return stage;
}

const state = (stage: Stage, name: string): string | undefined => stage.read(`data/understudy/${name}`);
const saved = (stage: Stage, name: string): string | undefined => state(stage, `salvage/${NAME}/${name}`);
const origin = (stage: Stage): string | undefined => stage.read("data/pgdata/origin");

/** Nothing of an order is left but what tells of it. */
function expectDone(stage: Stage, told: RegExp): void {
  expect(stage.read("data/pgdata/standby.signal"), "standby.signal").to.equal("");
  expect(state(stage, "rejoined")).to.match(told);
  for (const left of ["rejoin", "torn", "placed", "clone-complete", "rejoin-failed", "fenced", "isolated"])
    expect(state(stage, left), left).to.equal(undefined);
  for (const folder of ["pgdata.old", "pgdata.clone"])
    expect(readdirSync(stage.path("data")), folder).not.to.include(folder);
}

for (const [name, ...shell] of SHELLS) {
  describe(`a return carried out by the boot guard under ${name}`, () => {
    let stage: Stage;
    const begin = (order: string): Stage => (stage = diverged(shell, order));
    afterEach(() => stage.close());

    it("rewinds, after it has saved the WAL of the range and the rows that only this host has", async () => {
      begin(REWIND).start();
      await stage.startsAs("standby");
      expect(origin(stage)).to.equal("rewound");
      expectDone(stage, new RegExp(`^id-1 rewound ${NAME} \\d{4}-.*Z$`));
      expect(readdirSync(stage.path(`data/understudy/salvage/${NAME}/pg_wal`)).sort()).to.deep.equal([
        "00000003.history",
        "000000030000000000000005",
        "000000030000000000000006",
      ]);
      expect(saved(stage, "lost-events.jsonl")?.split("\n")).to.deep.equal([
        '{"run" : "r", "seq" : 3, "writtenAt" : "2026-11-24T03:00:03.000000Z"}',
        '{"run" : "r", "seq" : 2, "writtenAt" : "2026-11-24T03:00:02.000000Z"}',
      ]);
      expect(saved(stage, "only-ours")).to.equal("");
    });

    it("leaves a manifest with the range, the number of lost events and the checksum of every file", async () => {
      begin(REWIND).start();
      await stage.startsAs("standby");
      const manifest = postgresManifestSchema.parse(JSON.parse(saved(stage, "manifest.json") ?? ""));
      expect(manifest).to.deep.include({
        ...{ host: "host-a", peer: "host-b", name: NAME, systemIdentifier: "7300", timeline: 3 },
        ...{ fromLsn: "0/5000060", toLsn: "0/6000100", lostEvents: 2, notListed: null },
      });
      expect(manifest.files.map((file) => file.path)).to.deep.equal([
        ...["control-data.txt", "lost-events.jsonl", "only-ours", "pg_wal/00000003.history"],
        ...["pg_wal/000000030000000000000005", "pg_wal/000000030000000000000006", "recovery.log"],
      ]);
      expect(manifest.diverged).to.deep.equal({
        ...{ complete: true, transactions: 1, userTransactions: 0 },
        relations: [
          { relation: "1663/16384/16390", name: "understudy.understudy.events", inserted: 2, updated: 0, deleted: 0 },
        ],
      });
    });

    it("starts the diverged server without TCP, read-only, and removes none of its WAL", async () => {
      begin(REWIND).start();
      await stage.startsAs("standby");
      expect(stage.read("stage/isolated"))
        .to.match(/-c listen_addresses= /)
        .and.include("default_transaction_read_only=on")
        .and.include("wal_keep_size=1000000")
        .and.include("autovacuum=off");
    });

    it("counts a row as often as it is here more: a duplicate that the peer has once is lost once", async () => {
      begin(REWIND);
      stage.write("stage/here-rows", row("r", 1) + row("r", 1));
      stage.write("stage/there-rows", key("r", 1));
      stage.start();
      await stage.startsAs("standby");
      expect(saved(stage, "lost-events.jsonl")?.split("\n")).to.have.length(1);
    });

    it("follows as it is, without a salvage and without a server of its own", async () => {
      begin(FOLLOW).start();
      await stage.startsAs("standby");
      expect(origin(stage)).to.equal("old");
      expectDone(stage, /^id-3 followed - /);
      expect([stage.calls("pg_rewind"), stage.read("stage/isolated"), state(stage, "salvage")]).to.deep.equal([
        0,
        undefined,
        undefined,
      ]);
    });

    it("clones beside the old data, and removes those only when the clone is in place", async () => {
      begin(CLONE).start();
      await stage.startsAs("standby");
      expect(origin(stage)).to.equal("cloned");
      expectDone(stage, new RegExp(`^id-2 cloned ${NAME} `));
      expect(saved(stage, "lost-events.jsonl")).to.contain('"seq" : 2');
    });

    it("clones an empty host when nothing is to be saved", async () => {
      begin(CLONE_ONLY);
      stage.remove("data/pgdata");
      stage.start();
      await stage.startsAs("standby");
      expectDone(stage, /^id-4 cloned - /);
      expect(state(stage, "paired")).to.equal("");
    });

    for (const [what, spoil] of [
      ["pg_rewind refuses in its dry run", (one: Stage) => one.remove("stage/rewind")],
      [
        "pg_rewind sees nothing to rewind although the histories differ",
        (one: Stage) => one.write("stage/rewind", "pg_rewind: no rewind required\n"),
      ],
      ["the rewind fails half-way", (one: Stage) => one.write("stage/rewind-fails")],
    ] as const) {
      it(`clones when ${what}; what diverged is saved all the same`, async () => {
        spoil(begin(REWIND));
        stage.start();
        await stage.startsAs("standby");
        expect(origin(stage)).to.equal("cloned");
        expectDone(stage, new RegExp(`^id-1 cloned ${NAME} `));
        expect(saved(stage, "lost-events.jsonl")).to.contain('"seq" : 2');
      });
    }

    for (const [what, spoil, told] of [
      [
        "a user's transaction is in the range",
        (one: Stage) => one.write("stage/waldump", wal("1663/16384/16390", "1663/16384/16400")),
        { complete: true, transactions: 1, userTransactions: 1 },
      ],
      [
        "a table that nobody can name was changed",
        (one: Stage) => one.write("stage/waldump", wal("1663/99/1")),
        { complete: true, transactions: 1, userTransactions: 1 },
      ],
      [
        "a segment is missing",
        (one: Stage) => one.write("bin/pg_waldump", "#!/bin/sh\nexit 1\n"),
        { complete: false, transactions: null, userTransactions: null },
      ],
      [
        "the reading takes too long",
        (one: Stage) => one.write("bin/pg_waldump", '#!/bin/sh\ncat "$STAGE/waldump"\nexit 124\n'),
        { complete: false, transactions: null, userTransactions: null },
      ],
      [
        "its end is not known",
        (one: Stage) => one.write("data/understudy/rejoin", `${REWIND.replace("0/6000100", "-")}\n`),
        { complete: false, transactions: null, userTransactions: null },
      ],
    ] as const) {
      it(`keeps the old data folder itself when ${what}, and clones`, async () => {
        spoil(begin(REWIND));
        stage.start();
        await stage.startsAs("standby");
        expect([origin(stage), saved(stage, "pgdata/origin")]).to.deep.equal(["cloned", "old"]);
        expectDone(stage, new RegExp(`^id-1 cloned ${NAME} `));
        const manifest = postgresManifestSchema.parse(JSON.parse(saved(stage, "manifest.json") ?? ""));
        expect(manifest.diverged).to.deep.include(told);
        expect(saved(stage, "only-ours")).to.equal(undefined);
        expect(stage.calls("pg_rewind")).to.equal(0);
      });
    }

    it("keeps the old data folder when it is told to, and starts no server on it", async () => {
      begin(`id-5 clone ${NAME} - 1 0/0 - 0000000000000000 7FFFFFFFFFFFFFFF keep`).start();
      await stage.startsAs("standby");
      expect([origin(stage), saved(stage, "pgdata/origin")]).to.deep.equal(["cloned", "old"]);
      expect(stage.read("stage/isolated")).to.equal(undefined);
    });

    it("gives up the old data only in words, where a clone has no room beside it", async () => {
      const users = begin(`${CLONE} give-up`);
      users.write("stage/waldump", wal("1663/16384/16400"));
      users.write("stage/size", "200000\n");
      users.write("stage/df", "Filesystem\nvolume 200000 1 131000 2% /\n");
      users.write("bin/du", "#!/bin/sh\necho 900000\n");
      chmodSync(users.path("bin/du"), 0o755);
      users.start();
      await stage.startsAs("standby");
      expect([origin(stage), saved(stage, "pgdata/origin")]).to.deep.equal(["cloned", undefined]);
    });

    for (const [what, spoil] of [
      ["does not recover", (one: Stage) => one.write("stage/broken")],
      ["has no journal to read", (one: Stage) => one.remove("stage/here-rows")],
      ["does not stop cleanly", (one: Stage) => one.write("stage/unclean")],
    ] as const) {
      it(`keeps the whole old data directory in the salvage when the diverged server ${what}`, async () => {
        spoil(begin(REWIND));
        stage.start();
        await stage.startsAs("standby");
        expect(origin(stage)).to.equal("cloned");
        expect([saved(stage, "pgdata/origin"), saved(stage, "lost-events.jsonl")]).to.deep.equal(["old", undefined]);
        const manifest = postgresManifestSchema.parse(JSON.parse(saved(stage, "manifest.json") ?? ""));
        expect(manifest.lostEvents).to.equal(null);
        expect(manifest.notListed).to.match(/could not be read|did not/);
      });
    }
  });

  describe(`a return that is given up under ${name}: held as before, its reason kept, the data untouched`, () => {
    let stage: Stage;
    afterEach(() => stage.close());

    const ROWS: readonly [what: string, order: string, spoil: (one: Stage) => void, reason: RegExp][] = [
      ["the peer does not answer", REWIND, (one) => one.remove("stage/peer"), /does not answer as the primary/],
      [
        "the peer is a standby",
        REWIND,
        (one) => one.write("stage/peer", peerAnswer("standby", 4)),
        /does not answer as the primary of this cluster/,
      ],
      [
        "the peer is primary of another cluster",
        REWIND,
        (one) => one.write("stage/peer", peerAnswer("primary", 4, { system: "7400" })),
        /does not answer as the primary of this cluster/,
      ],
      ["the peer's rows cannot be read", REWIND, (one) => one.remove("stage/there-rows"), /cannot be compared/],
      [
        "the peer makes no checkpoint",
        REWIND,
        (one) => one.write("stage/checkpoint-fails"),
        /did not carry out a checkpoint/,
      ],
      [
        "the data has changed since the order was made",
        REWIND.replace("0/6000028", "0/5FFFFF8"),
        () => undefined,
        /has changed since the order/,
      ],
      ["the order names no salvage", REWIND.replace(NAME, "-"), () => undefined, /names no salvage/],
      ["the order is of an unknown kind", REWIND.replace("rewind", "wipe"), () => undefined, /unknown order wipe/],
      ["the clone fails", CLONE, (one) => one.write("stage/clone-fails"), /the clone from host-b failed/],
      [
        "a clone has no room, and neither would it have without the old data",
        CLONE,
        (one) => one.write("stage/df", "Filesystem\nvolume 2000 1 2 1% /\n"),
        /no room|disk is full|a clone needs/,
      ],
      [
        "a clone has no room beside a user's writes",
        CLONE,
        (one) => {
          one.write("stage/waldump", wal("1663/16384/16400"));
          one.write("stage/size", "200000\n");
          one.write("stage/df", "Filesystem\nvolume 200000 1 131000 2% /\n");
        },
        /the old data cannot be kept: a clone beside it needs \d+ KiB/,
      ],
      [
        "a user's writes are in a folder with tablespaces outside it",
        CLONE,
        (one) => {
          one.write("stage/waldump", wal("1663/16384/16400"));
          one.write("data/pgdata/pg_tblspc/16500/PG_15_202209061/5/1");
        },
        /cannot be kept beside a clone: it has tablespaces outside its folder/,
      ],
      [
        "the WAL cannot be copied",
        REWIND,
        (one) => {
          one.write("data/understudy/salvage", "a file where a folder should be");
        },
        /volume cannot be written/,
      ],
    ];
    for (const [what, order, spoil, reason] of ROWS) {
      it(what, async () => {
        stage = diverged(shell, order);
        spoil(stage);
        stage.start();
        await stage.until("given up", () => state(stage, "rejoin") === undefined);
        expect(state(stage, "rejoin-failed")).to.match(reason);
        await stage.isHeld(/^held /);
        expect([origin(stage), stage.read("data/pgdata/PG_VERSION")]).to.deep.equal(["old", "15"]);
        expect(stage.read("data/pgdata/standby.signal")).to.equal(undefined);
      });
    }
  });

  describe(`a return that was killed, taken up by the next boot under ${name}`, () => {
    let stage: Stage;
    afterEach(() => stage.close());

    it("makes the salvage anew when it was cut off in the middle", async () => {
      stage = diverged(shell, REWIND);
      stage.write(`data/understudy/salvage/${NAME}.partial/lost-events.jsonl`, "half");
      stage.start();
      await stage.startsAs("standby");
      expect(saved(stage, "lost-events.jsonl")).to.contain('"seq" : 3');
      expect(readdirSync(stage.path("data/understudy/salvage"))).to.deep.equal([NAME]);
    });

    it("does not make a complete salvage again, and rewinds", async () => {
      stage = diverged(shell, REWIND);
      stage.write(`data/understudy/salvage/${NAME}/lost-events.jsonl`, "complete");
      stage.write(`data/understudy/salvage/${NAME}/only-ours`);
      stage.start();
      await stage.startsAs("standby");
      expect([saved(stage, "lost-events.jsonl"), origin(stage)]).to.deep.equal(["complete", "rewound"]);
      expect(stage.read("stage/isolated")).to.equal(undefined);
    });

    it("clones after a rewind that was cut off, and starts nothing from what is left", async () => {
      stage = diverged(shell, REWIND);
      stage.write(`data/understudy/salvage/${NAME}/lost-events.jsonl`, "complete");
      stage.write(`data/understudy/salvage/${NAME}/only-ours`);
      stage.write("data/understudy/torn", `${NAME}\n`);
      stage.start();
      await stage.startsAs("standby");
      expect([stage.calls("pg_rewind"), origin(stage)]).to.deep.equal([0, "cloned"]);
      expectDone(stage, /^id-1 cloned /);
    });

    for (const [what, pgdata] of [
      ["before the old data was moved away", "pgdata"],
      ["after the old data was moved away", "pgdata.old"],
    ] as const) {
      it(`puts a whole clone into place when it was cut off ${what}`, async () => {
        stage = diverged(shell, CLONE);
        stage.write(`data/understudy/salvage/${NAME}/lost-events.jsonl`, "complete");
        stage.write(`data/understudy/salvage/${NAME}/only-ours`);
        stage.write("data/understudy/clone-complete", "id-2\n");
        stage.write("data/understudy/torn", `${NAME}\n`);
        for (const [file, content] of [
          ["PG_VERSION", "15"],
          ["standby.signal", ""],
          ["origin", "whole clone"],
        ] as const)
          stage.write(`data/pgdata.clone/${file}`, content);
        if (pgdata !== "pgdata") {
          stage.remove("data/pgdata");
          stage.write(`data/${pgdata}/origin`, "old");
        }
        stage.start();
        await stage.startsAs("standby");
        expect([stage.calls("pg_basebackup"), origin(stage)]).to.deep.equal([0, "whole clone"]);
        expectDone(stage, /^id-2 cloned /);
      });
    }

    it("throws away half a clone and makes a whole one", async () => {
      stage = diverged(shell, CLONE_ONLY);
      stage.write("data/pgdata.clone/origin", "half");
      stage.start();
      await stage.startsAs("standby");
      expect([stage.calls("pg_basebackup"), origin(stage)]).to.deep.equal([1, "cloned"]);
    });

    it("only tells of it when the data had been placed", async () => {
      stage = diverged(shell, REWIND);
      stage.write("data/pgdata/standby.signal");
      stage.write("data/understudy/placed", "id-1 rewound\n");
      stage.remove("stage/peer");
      stage.start();
      await stage.startsAs("standby");
      expect([stage.calls("pg_rewind"), origin(stage)]).to.deep.equal([0, "old"]);
      expectDone(stage, /^id-1 rewound /);
    });

    it("does not take another order's placed data for its own", async () => {
      stage = diverged(shell, REWIND);
      stage.write("data/understudy/placed", "id-0 rewound\n");
      stage.start();
      await stage.startsAs("standby");
      expect([stage.calls("pg_rewind"), origin(stage)]).to.deep.equal([2, "rewound"]);
    });

    it("ends when the container is stopped, and keeps the order", async () => {
      stage = diverged(shell, REWIND);
      stage.write("bin/pg_rewind", "#!/bin/sh\nexec sleep 60\n");
      stage.start();
      await stage.until("the rewind", () => stage.status().includes("rewinding"));
      stage.signal("SIGTERM");
      await stage.ended();
      expect(state(stage, "rejoin")).to.equal(REWIND);
      expect(stage.starts()).to.deep.equal([]);
    });
  });

  describe(`an order that a primary meets under ${name}`, () => {
    let stage: Stage;
    afterEach(() => stage.close());

    it("is given up: a server that starts as primary outlives no order", async () => {
      stage = formerPrimary(shell);
      stage.write("stage/peer", peerAnswer("standby", 3));
      stage.start();
      await stage.startsAs("primary");
      stage.write("data/understudy/rejoin", `${REWIND}\n`);
      stage.write("stage/exit-code", "0");
      await stage.until("given up", () => state(stage, "rejoin-failed") !== undefined);
      expect(stage.read("data/pgdata/PG_VERSION")).to.equal("15");
      expect(stage.calls("pg_rewind")).to.equal(0);
    });
  });
}
