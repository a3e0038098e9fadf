import { expect } from "chai";
import { readdirSync } from "node:fs";
import { formerPrimary, peerAnswer } from "./postgres-stage";
import type { Stage } from "./stage";

/** Name of the salvage that the orders ask for. */
export const NAME = "20261124T030000Z-d-7";
const RANGE = "3 0/5000060 0/6000100 0000000000000005 0000000000000006";
/** Orders for the guard, as the agent leaves them. */
export const REWIND = `id-1 rewind ${NAME} 0/6000028 ${RANGE}`;
/** A clone of a diverged host. */
export const CLONE = `id-2 clone ${NAME} 0/6000028 ${RANGE}`;
/** An order to follow as it is. */
export const FOLLOW = "id-3 follow - 0/6000028 1 0/0 - 0000000000000000 7FFFFFFFFFFFFFFF";
/** A clone of a host that has nothing to save. */
export const CLONE_ONLY = "id-4 clone - - 1 0/0 - 0000000000000000 7FFFFFFFFFFFFFFF";

/** A row of the journal as the diverged server prints it. */
export const row = (run: string, seq: number): string =>
  `["${run}", ${seq}]\t{"run" : "${run}", "seq" : ${seq}, "writtenAt" : "2026-11-24T03:00:0${seq}.000000Z"}\n`;
/** The same as the peer prints it. */
export const key = (run: string, seq: number): string => `["${run}", ${seq}]\n`;

const NAMES = [
  "1663/16384/16390\tours\tunderstudy.understudy.events",
  "1663/16384/16400\tuser\tunderstudy.public.orders\n",
].join("\n");

/** WAL of one transaction that inserts two rows into each of these relations, by number. */
export const wal = (...relations: readonly string[]): string =>
  [
    ...relations.flatMap((one) => [
      `rmgr: Heap        len (rec/tot):     59/    59, tx:          7, lsn: 0/05000060, prev 0/05000028, desc: INSERT off 3 flags 0x00, blkref #0: rel ${one} blk 0`,
      `rmgr: Heap2       len (rec/tot):     59/    59, tx:          7, lsn: 0/050000A0, prev 0/05000060, desc: MULTI_INSERT+INIT 1 tuples flags 0x02, blkref #0: rel ${one} blk 0`,
    ]),
    "rmgr: Transaction len (rec/tot):     34/    34, tx:          7, lsn: 0/050000F0, prev 0/050000A0, desc: COMMIT 2026-11-24 03:00:00.000000 UTC\n",
  ].join("\n");

/** A diverged host: rows 1 to 3 of run r; the peer has 1, and 4 which it wrote itself. Run same is the same on both. */
export function diverged(shell: readonly string[], order: string): Stage {
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

/** A file of the guard, by its name. */
export const state = (stage: Stage, name: string): string | undefined => stage.read(`data/understudy/${name}`);
/** A file of the salvage, by its path. */
export const saved = (stage: Stage, name: string): string | undefined => state(stage, `salvage/${NAME}/${name}`);
/** Where the data in place came from. */
export const origin = (stage: Stage): string | undefined => stage.read("data/pgdata/origin");

/** Nothing of an order is left but what tells of it. */
export function expectDone(stage: Stage, told: RegExp): void {
  expect(stage.read("data/pgdata/standby.signal"), "standby.signal").to.equal("");
  expect(state(stage, "rejoined")).to.match(told);
  for (const left of ["rejoin", "torn", "placed", "clone-complete", "rejoin-failed", "fenced", "isolated"])
    expect(state(stage, left), left).to.equal(undefined);
  for (const folder of ["pgdata.old", "pgdata.clone"])
    expect(readdirSync(stage.path("data")), folder).not.to.include(folder);
}
