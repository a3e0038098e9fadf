import { expect } from "chai";
import { Client } from "pg";
import { parseSwitchPoint, READ_TIMEOUT } from "../../../../drills/hosts/postgres";
import { messageOf } from "../../../../settings/user-error";
import { fakePostgresServer } from "../../../support/fake-postgres-server";

const HISTORY = "1\t0/3000090\tno recovery target specified\n\n2\t0/50000A0\tno recovery target specified\n";

describe("a query that is not answered in time", () => {
  it("is told by the driver in the words that a session is given up by", async () => {
    const { port, server } = await fakePostgresServer(() => undefined);
    const client = new Client({ host: "127.0.0.1", port, user: "u", password: "p", database: "d", query_timeout: 50 });
    client.on("error", () => undefined);
    await client.connect();
    const error: unknown = await client.query("select 1").catch((thrown: unknown) => thrown);
    expect(messageOf(error)).to.equal(READ_TIMEOUT);
    void client.end().catch(() => undefined);
    client.connection.stream.destroy();
    server.close();
  });
});

describe("the switch point in a timeline history", () => {
  it("is where the parent timeline ended: the last line's position", () => {
    expect(parseSwitchPoint(HISTORY, 2)).to.equal("0/50000A0");
    expect(parseSwitchPoint("1\t0/3000090\tno recovery target specified\n", 1)).to.equal("0/3000090");
  });

  it("is not taken from an older line: two promotions at once are no planned swap", () => {
    expect(() => parseSwitchPoint(HISTORY, 1)).to.throw("does not end with timeline 1");
  });

  it("is not taken from a timeline that is not the parent", () => {
    expect(() => parseSwitchPoint(HISTORY, 3)).to.throw("does not end with timeline 3");
  });

  for (const text of ["", "\n", "# a comment\n", "2\n"]) {
    it(`is refused in ${JSON.stringify(text)}`, () => {
      expect(() => parseSwitchPoint(text, 2)).to.throw("the timeline history does not end with timeline 2");
    });
  }

  it("does not count comments and blank lines", () => {
    expect(parseSwitchPoint(`# made by hand\n${HISTORY}\n# 9\t0/9\n`, 2)).to.equal("0/50000A0");
  });
});
