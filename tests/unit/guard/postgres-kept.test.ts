import { expect } from "chai";
import { chmodSync } from "node:fs";
import { postgresManifestSchema } from "../../../drills/rejoin/manifest";
import { CLONE, diverged, expectDone, NAME, origin, REWIND, saved, state, wal } from "./diverged-stage";
import { SHELLS, type Stage } from "./stage";

for (const [name, ...shell] of SHELLS) {
  describe(`old data that a user wrote to, under ${name}`, () => {
    let stage: Stage;
    const begin = (order: string): Stage => (stage = diverged(shell, order));
    afterEach(() => stage.close());

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

    const ROWS: readonly [what: string, order: string, spoil: (one: Stage) => void, reason: RegExp][] = [
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
    ];
    for (const [what, order, spoil, reason] of ROWS) {
      it(`is left where it is when ${what}`, async () => {
        spoil(begin(order));
        stage.start();
        await stage.until("given up", () => state(stage, "rejoin") === undefined);
        expect(state(stage, "rejoin-failed")).to.match(reason);
        await stage.isHeld(/^held /);
        expect(origin(stage)).to.equal("old");
      });
    }
  });
}
