import { expect } from "chai";
import { readdirSync } from "node:fs";
import { postgresManifestSchema } from "../../../drills/rejoin/manifest";
import {
  CLONE,
  CLONE_ONLY,
  diverged,
  expectDone,
  FOLLOW,
  key,
  NAME,
  origin,
  REWIND,
  row,
  saved,
  state,
} from "./diverged-stage";
import { formerPrimary, peerAnswer } from "./postgres-stage";
import { SHELLS, type Stage } from "./stage";

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

    it("compares no further back than the peer has pruned its journal, and says so when nothing is left", async () => {
      begin(REWIND);
      stage.write("stage/pruned", "1795000000\n");
      stage.start();
      await stage.startsAs("standby");
      expect(stage.read("stage/calls")).to.include("written_at >= to_timestamp(1795000000) group by run");
      expect(saved(stage, "lost-events.jsonl")?.split("\n")).to.have.length(2);
    });

    it("does not say 0 lost where the peer has pruned past all that is here", async () => {
      begin(REWIND);
      stage.write("stage/pruned", "1795000000\n");
      stage.write("stage/later", "0\n");
      stage.start();
      await stage.startsAs("standby");
      const manifest = postgresManifestSchema.parse(JSON.parse(saved(stage, "manifest.json") ?? ""));
      expect([manifest.lostEvents, manifest.notListed]).to.deep.equal([
        null,
        "host-b has pruned its journal up to a time after the last event here: what only this host had is not known",
      ]);
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
