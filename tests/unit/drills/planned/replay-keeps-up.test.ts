import { expect } from "chai";
import { replayKeepsUp } from "../../../../drills/planned/replay-keeps-up";

type Session = Parameters<typeof replayKeepsUp>[0]["from"]["sql"];

const answering = (row: object): Session => ({ query: () => Promise.resolve({ rows: [row] }) }) as unknown as Session;

async function said(received: string | null, replayed: string | null): Promise<string> {
  const side = (name: string, sql: Session) => ({ host: { name }, sql }) as never;
  const run = {
    from: side("host-a", answering({ written: "0/5000" })),
    to: side("host-b", answering({ received, replayed })),
  };
  return replayKeepsUp(run, { mark: () => undefined } as never, 5).then(() => "kept up", String);
}

describe("a standby that does not replay what was just written", () => {
  it("is held up there where it has received it", async () => {
    expect(await said("0/5000", "0/4000"))
      .to.include("has replayed 0/4000 and not 0/5000")
      .and.to.include("a query there holds replay up");
  });

  it("is not reached where it has not", async () => {
    expect(await said("0/4800", "0/4000")).to.include(
      "has received 0/4800: the link between the hosts does not carry it",
    );
    expect(await said(null, null)).to.include("has received nothing: the link");
  });

  it("is no complaint where it has", async () => {
    expect(await said("0/5000", "0/5000")).to.equal("kept up");
  });
});
