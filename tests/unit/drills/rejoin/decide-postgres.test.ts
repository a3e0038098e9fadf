import { expect } from "chai";
import {
  decidePostgres,
  keepUserWrites,
  type PostgresDecision,
  type ReturnCase,
} from "../../../../drills/rejoin/decide-postgres";
import { describeContent } from "../../../../drills/rejoin/diverged";
import { orderFor, orderWords } from "../../../../drills/rejoin/order";
import { LAST_SEGMENT, segmentOf } from "../../../../drills/rejoin/wal-segment";
import { ownData, peerData } from "./cases";

const FORK = 0x5000060n;

interface Row {
  readonly what: string;
  readonly one: Partial<ReturnCase>;
  readonly action: PostgresDecision["action"];
  readonly why: RegExp;
  /** The diverged range that is to be saved; null: nothing is, undefined: the decision has none. */
  readonly diverged?: readonly [from: bigint, to: bigint | null] | null;
}

const newer = { past: [{ timeline: 1, end: FORK }], timeline: 3 };

const ROWS: readonly Row[] = [
  {
    what: "an earlier run's order is still there",
    one: { own: ownData({ order: "id rewind", torn: "x" }) },
    action: "wait",
    why: /earlier run/,
  },
  {
    what: "a rewind was cut off, whatever else the data say",
    one: { own: ownData({ torn: "name", data: false, systemIdentifier: null }) },
    action: "clone",
    why: /interrupted/,
    diverged: null,
  },
  { what: "there is no data", one: { own: ownData({ data: false }) }, action: "clone", why: /empty/, diverged: null },
  {
    what: "it runs as a primary",
    one: { own: ownData({ running: true }) },
    action: "refuse",
    why: /PostgreSQL on host-a runs as a primary/,
  },
  {
    what: "it is of another cluster",
    one: { own: ownData({ systemIdentifier: "7400" }) },
    action: "refuse",
    why: /7400 here, 7300 there/,
  },
  {
    what: "its system identifier cannot be read: unknown is not equal",
    one: { own: ownData({ systemIdentifier: null }) },
    action: "refuse",
    why: /unknown here/,
  },
  {
    what: "its WAL ends before the fork",
    one: { ownEnd: FORK - 8n },
    action: "follow",
    why: /ends at 0\/5000058, which the primary has too/,
  },
  { what: "its WAL ends at the very fork", one: { ownEnd: FORK }, action: "follow", why: /ends at 0\/5000060/ },
  {
    what: "its WAL ends one record after the fork",
    one: { ownEnd: FORK + 8n },
    action: "rewind",
    why: /from 0\/5000060 to 0\/5000068 on timeline 1 that the primary does not have/,
    diverged: [FORK, FORK + 8n],
  },
  {
    what: "the end of its WAL cannot be found: it counts as diverged",
    one: { ownEnd: null },
    action: "rewind",
    why: /an end that cannot be read/,
    diverged: [FORK, null],
  },
  {
    what: "nothing diverged and the primary no longer has the WAL in between",
    one: { ownEnd: FORK, peer: peerData({ oldestSegment: "0000000000000006" }) },
    action: "clone",
    why: /no longer has the WAL it needs \(segment 0000000000000005, the oldest there is 0000000000000006\)/,
    diverged: null,
  },
  {
    what: "nothing diverged and the oldest WAL of the primary cannot be told",
    one: { ownEnd: FORK, peer: peerData({ oldestSegment: null }) },
    action: "clone",
    why: /the oldest there is unknown/,
    diverged: null,
  },
  {
    what: "the primary is on the same timeline and further",
    one: { ownEnd: 0x5000080n, peer: peerData({ lineage: { past: [], timeline: 1 } }) },
    action: "follow",
    why: /ends at 0\/5000080/,
  },
  {
    what: "the primary is on the same timeline and not as far",
    one: { ownEnd: 0x6000008n, peer: peerData({ lineage: { past: [], timeline: 1 } }) },
    action: "clone",
    why: /pg_rewind cannot tell apart/,
    diverged: [0n, 0x6000008n],
  },
  {
    what: "both went to a timeline 2 of their own",
    one: {
      ownEnd: 0x5800000n,
      own: ownData({ lineage: { past: [{ timeline: 1, end: 0x4000000n }], timeline: 2 } }),
    },
    action: "clone",
    why: /another history with the same timeline number 2/,
    diverged: [0x4000000n, 0x5800000n],
  },
  {
    what: "the primary's timeline is older",
    one: { own: ownData({ lineage: newer }), ownEnd: 0x5800000n },
    action: "refuse",
    why: /primary is on timeline 2 and host-a is on the newer 3: two histories/,
  },
  {
    what: "the primary's timeline is older, and the operator says that it is the right one",
    one: { own: ownData({ lineage: newer }), ownEnd: 0x5800000n, acceptOlderTimeline: true },
    action: "rewind",
    why: /on timeline 3/,
    diverged: [FORK, 0x5800000n],
  },
  {
    what: "its own history is missing",
    one: { own: ownData({ lineage: null }), ownEnd: null },
    action: "clone",
    why: /history is missing/,
    diverged: [0n, null],
  },
  {
    what: "the primary's history is missing",
    one: { peer: peerData({ lineage: null }), ownEnd: FORK },
    action: "clone",
    why: /history is missing/,
    diverged: [0n, FORK],
  },
  {
    what: "it runs as a standby whose WAL went past the fork",
    one: { own: ownData({ running: true, standbySignal: true }), ownEnd: FORK + 8n },
    action: "rewind",
    why: /does not have/,
    diverged: [FORK, FORK + 8n],
  },
];

describe("how PostgreSQL comes back", () => {
  for (const { what, one, action, why, diverged } of ROWS) {
    it(`${action}: ${what}`, () => {
      const decision = decidePostgres({
        ...{ host: "host-a", own: ownData(), peer: peerData(), ownEnd: FORK, acceptOlderTimeline: false },
        ...one,
      });
      expect(decision.action).to.equal(action);
      expect(decision.why).to.match(why);
      const range =
        "diverged" in decision ? decision.diverged && [decision.diverged.from, decision.diverged.to] : undefined;
      expect(range).to.deep.equal(diverged);
    });
  }

  it("never gives up WAL of its own without a range to save, unless it was saved or is the primary's past", () => {
    for (const { what, diverged, action } of ROWS) {
      if (action === "rewind") expect(diverged, what).to.be.an("array");
    }
  });
});

describe("what a user wrote in a diverged range", () => {
  const rewind = decidePostgres({
    ...{ host: "host-a", own: ownData(), peer: peerData(), ownEnd: FORK + 8n, acceptOlderTimeline: false },
  });
  const content = { complete: true, transactions: 3, userTransactions: 0, relations: [] };

  it("is rewound over only where there is none of it, and the range was read whole", () => {
    expect(keepUserWrites(rewind, content).action).to.equal("rewind");
    for (const other of [null, { ...content, complete: false }, { ...content, userTransactions: 1 }]) {
      const kept = keepUserWrites(rewind, other);
      expect([kept.action, "diverged" in kept && kept.diverged?.from]).to.deep.equal(["clone", FORK]);
    }
    expect(keepUserWrites(rewind, { ...content, transactions: null, userTransactions: null }).action).to.equal("clone");
  });

  it("is told in a line: tables by name, or by number, and a lower bound where a part is missing", () => {
    const row = { name: null, inserted: 2, updated: 1, deleted: 0 };
    const relations = [
      { ...row, relation: "1663/5/2", name: "shop.public.orders", inserted: 300_000 },
      { ...row, relation: "1663/5/1" },
      { ...row, relation: "1663/5/3", name: "understudy.understudy.events" },
    ];
    expect(describeContent({ ...content, userTransactions: 1, relations })).to.equal(
      "1 of 3 transactions are a user's; shop.public.orders +300000 ~1 -0 rows; 1663/5/1 +2 ~1 -0 rows",
    );
    expect(describeContent({ ...content, complete: false })).to.match(/^at least 0 of 3 .*could not be read$/);
    expect(describeContent({ ...content, transactions: null })).to.match(/counts as a user's/);
  });
});

describe("the order for a decision", () => {
  const names = { id: "id-1", salvage: "20261124T030000Z-d-7", giveUp: false };
  const words = (one: Partial<ReturnCase>): string | undefined => {
    const whole = {
      host: "host-a",
      own: ownData(),
      peer: peerData(),
      ownEnd: FORK,
      acceptOlderTimeline: false,
      ...one,
    };
    const order = orderFor(decidePostgres(whole), whole.own, names);
    return order && orderWords(order, whole.own.segmentBytes);
  };

  it("names the data it is about, the range and its segments", () => {
    expect(words({ ownEnd: 0x7000010n })).to.equal(
      "id-1 rewind 20261124T030000Z-d-7 0/5000028 1 0/5000060 0/7000010 0000000000000005 0000000000000007",
    );
  });

  it("does not copy a segment that ends where the range does", () => {
    expect(words({ ownEnd: 0x7000000n })).to.match(/ 0000000000000005 0000000000000006$/);
  });

  it("copies every segment when the end is not known", () => {
    expect(words({ ownEnd: null })).to.match(new RegExp(` 0/5000060 - 0000000000000005 ${LAST_SEGMENT}$`));
  });

  it("asks for no salvage when nothing diverged", () => {
    expect(words({})).to.match(/^id-1 follow - 0\/5000028 /);
    expect(words({ own: ownData({ data: false }) })).to.match(/^id-1 clone - - /);
  });

  it("names the salvage that was made before a rewind was cut off", () => {
    expect(words({ own: ownData({ torn: "earlier" }) })).to.match(/^id-1 clone earlier - /);
    expect(words({ own: ownData({ torn: "-" }) })).to.match(/^id-1 clone - - /);
  });

  it("does not insist on the last checkpoint of a standby that runs: stopping it makes another", () => {
    expect(words({ own: ownData({ running: true, standbySignal: true }), ownEnd: 0x6000000n })).to.match(
      /^id-1 rewind \S+ - /,
    );
  });

  it("is none for a refusal, and none while an order is there", () => {
    expect(words({ own: ownData({ running: true }) })).to.equal(undefined);
    expect(words({ own: ownData({ order: "x" }) })).to.equal(undefined);
  });
});

describe("the segment of a WAL position", () => {
  it("sorts as the WAL does, whatever the segments' size", () => {
    expect(segmentOf(0x1_ff00_0000n, 0x100_0000n)).to.equal("00000001000000FF");
    expect(segmentOf(0x2_0000_0000n, 0x100_0000n)).to.equal("0000000200000000");
    expect(segmentOf(0x1_c000_0000n, 0x4000_0000n)).to.equal("0000000100000003");
  });
});
