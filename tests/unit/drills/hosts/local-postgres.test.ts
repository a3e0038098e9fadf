import { expect } from "chai";
import { asTold, enter, overPsql, withValues } from "../../../../drills/hosts/local-postgres";
import { isVerifierOf, scramVerifier } from "../../../../drills/bootstrap/scram";

describe("a session through psql", () => {
  it("puts values in place as literals, and leaves a text without values as it is", () => {
    const values = ["it's", 7, null, true, ["a", 'b"c']];
    expect(withValues("$1 $2 $3 $4 $5", values)).to.equal(`'it''s' '7' null 'true' '{"a","b\\"c"}'`);
    expect(withValues("create function f(text) as $own$ select $1 $own$", [])).to.include("select $1 ");
  });

  it("asks rows as JSON, also of what changes rows, and says everything else as it is", () => {
    expect(asTold("select 1 as one")).to.match(
      /^select 'row=' \|\| row_to_json\(asked_for\)::text from \(\nselect 1 as one\n\) asked_for;\n/,
    );
    expect(asTold("delete from t returning a")).to.match(
      /^with asked_for as \(\ndelete from t returning a\n\) select /,
    );
    expect(asTold("delete from t;")).to.match(/^delete from t;\n/);
    expect(asTold("checkpoint")).to.match(
      /^checkpoint;\n\\if :ERROR\n\\echo error :SQLSTATE :LAST_ERROR_MESSAGE\n\\else\n\\echo ok\n\\endif$/,
    );
  });

  it("gives the rows, and nothing that psql says beside them", async () => {
    const session = overPsql(
      { ask: () => Promise.resolve(["SET", 'row={"a":1}', "a line", 'row={"a":null}']) },
      () => undefined,
    );
    expect(await session.query("select a from t")).to.deep.equal({ rows: [{ a: 1 }, { a: null }], rowCount: 2 });
  });

  it("is in the database that was asked for, whatever its name, or in none", async () => {
    const said: string[] = [];
    const ask = (line: string): Promise<readonly string[]> => {
      said.push(line);
      return Promise.resolve([`in=o'clock "x"`]);
    };
    await enter({ ask }, `o'clock "x"`);
    expect(said[0]).to.match(/^\\connect -reuse-previous=on "dbname='o\\'clock ""x""'"\n/);
    expect(await enter({ ask }, "other").then(String, String)).to.match(/no session in database other/);
  });
});

describe("what a server keeps of a password", () => {
  it("is RFC 7677's, and of that password alone", () => {
    // The example of RFC 7677: salt, iterations and password.
    const kept = scramVerifier("pencil", Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64"), 4096);
    expect(kept).to.equal(
      "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
    );
    expect(isVerifierOf(kept, "pencil")).to.equal(true);
    expect(isVerifierOf(kept, "pen")).to.equal(false);
    expect(isVerifierOf(null, "pencil")).to.equal(false);
    expect(isVerifierOf("md53175bce1d3201d16594cebf9d7eb3f9d", "pencil")).to.equal(false);
    expect(scramVerifier("x")).to.not.equal(scramVerifier("x"));
  });
});
