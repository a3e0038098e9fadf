import { expect } from "chai";
import fc from "fast-check";
import { parseAnswer } from "../../../../drills/hosts/agent";
import { formatLsn, parseLsn } from "../../../../evidence/lsn";
import { readSeal, recordEnd } from "../../../../drills/hosts/seal";

const PAGE = 8192;
const MIB = 1024 * 1024;

/** Lays the record down byte by byte; a page that it runs into begins with a header that is none of its bytes. */
function slowRecordEnd(start: number, totalBytes: number, segmentBytes: number): number {
  let position = start;
  for (let written = 0; written < totalBytes; written += 1) {
    if (written > 0 && position % PAGE === 0) position += position % segmentBytes === 0 ? 40 : 24;
    position += 1;
  }
  while (position % 8 !== 0) position += 1;
  return position;
}

function end(start: string, totalBytes: number, segmentBytes = 16 * MIB): string {
  return formatLsn(recordEnd(parseLsn(start), totalBytes, BigInt(segmentBytes)));
}

describe("the end of a WAL record", () => {
  it("is aligned to 8 bytes: a shutdown checkpoint of 114 bytes takes 120", () => {
    expect(end("0/3000028", 114)).to.equal("0/30000A0");
    expect(end("0/3000028", 120)).to.equal("0/30000A0");
    expect(end("0/3000028", 121)).to.equal("0/30000A8");
  });

  it("is the page's end when the record fills the page, without the next page's header", () => {
    expect(end("0/3001F88", 120)).to.equal("0/3002000");
  });

  it("lies 24 bytes further for a page that it runs into", () => {
    expect(end("0/3001FF8", 114)).to.equal("0/3002088");
  });

  it("lies 40 bytes further for a segment that it runs into, whatever the segment's size", () => {
    expect(end("0/3FFFFF8", 114)).to.equal("0/4000098");
    expect(end("0/3FFFF8", 114, MIB)).to.equal("0/400098");
    expect(end("0/3FFFF8", 114, 16 * MIB)).to.equal("0/400088");
  });

  it("counts every header of a record that runs over several pages", () => {
    expect(end("0/3001FF8", 3 * PAGE)).to.equal(formatLsn(BigInt(slowRecordEnd(0x3001ff8, 3 * PAGE, 16 * MIB))));
  });

  it("is found as if every byte was laid down one by one", () => {
    const pageInSegment = fc.oneof(fc.constantFrom(126, 127), fc.integer({ min: 0, max: 127 }));
    const offset = fc.oneof(fc.constantFrom(PAGE - 8, PAGE - 120), fc.integer({ min: 40, max: PAGE - 8 }));
    const bytes = fc.oneof(fc.integer({ min: 24, max: 200 }), fc.integer({ min: 24, max: 3 * PAGE }));
    fc.assert(
      fc.property(fc.nat(3), pageInSegment, offset, bytes, (segment, page, at, totalBytes) => {
        const start = segment * MIB + page * PAGE + (at - (at % 8));
        expect(recordEnd(BigInt(start), totalBytes, BigInt(MIB))).to.equal(
          BigInt(slowRecordEnd(start, totalBytes, MIB)),
        );
      }),
      { numRuns: 300 },
    );
  });
});

const RECORD =
  "rmgr: XLOG        len (rec/tot):    114/   114, tx:          0, lsn: 0/03000028, prev 0/02FFFFB0, " +
  "desc: CHECKPOINT_SHUTDOWN redo 0/3000028; tli 3; prev tli 3; fpw true; oldest running xid 0; shutdown";

function answer(changes: Readonly<Record<string, string | undefined>> = {}): ReturnType<typeof parseAnswer> {
  const fields: Record<string, string | undefined> = {
    state: "shut down",
    system: "7300000000000000001",
    checkpoint: "0/3000028",
    timeline: "3",
    segment: "16777216",
    record: RECORD,
    ...changes,
  };
  return parseAnswer(
    Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`])),
  );
}

describe("the seal of a demoted primary", () => {
  it("carries the end of the shutdown checkpoint record, not its start", () => {
    expect(readSeal(answer())).to.deep.equal({
      systemIdentifier: "7300000000000000001",
      timeline: 3,
      checkpointLsn: "0/3000028",
      endLsn: "0/30000A0",
      clusterState: "shut down",
    });
  });

  it("uses the server's own segment size, and the whole record's length rather than its own part's", () => {
    const atEnd = { checkpoint: "0/3FFFF8", segment: String(MIB) };
    expect(readSeal(answer(atEnd)).endLsn).to.equal("0/400098");
    const record = RECORD.replace("114/   114", " 50/   130");
    expect(readSeal(answer({ record })).endLsn).to.equal("0/30000B0");
  });

  for (const state of ["in production", "shutting down", "shut down in recovery", ""]) {
    it(`is refused when the cluster's state is "${state}"`, () => {
      expect(() => readSeal(answer({ state }))).to.throw(`cluster state is "${state}", not "shut down"`);
    });
  }

  for (const [what, record] of [
    ["an online checkpoint", RECORD.replace("CHECKPOINT_SHUTDOWN", "CHECKPOINT_ONLINE")],
    ["another record", "rmgr: Standby len (rec/tot): 50/ 50, tx: 0, lsn: 0/03000028, desc: RUNNING_XACTS"],
    ["a record without a length", "desc: CHECKPOINT_SHUTDOWN redo 0/3000028"],
    ["nothing", ""],
  ] as const) {
    it(`is refused when the last record is ${what}`, () => {
      expect(() => readSeal(answer({ record }))).to.throw("last record is not a shutdown checkpoint");
    });
  }

  for (const key of ["state", "record", "checkpoint", "system", "timeline", "segment"]) {
    it(`is refused when the agent does not say ${key}`, () => {
      expect(() => readSeal(answer({ [key]: undefined }))).to.throw(`the agent did not say ${key}`);
    });
  }
});
