import { expect } from "chai";
import { parsePostgresFit, parseRedisFit, parseTimescaledbInUse } from "../../../../drills/hosts/image-fit";
import { refusalOfChanges } from "../../../../operator/lifecycle/refuse-changes";
import { postgresChanges, redisChanges, type DeclaredImage } from "../../../../operator/lifecycle/refuse-image";

const AT: DeclaredImage = { host: "host-a", image: "registry.example/store:1", file: "pair.yaml" };
const NONE = new Map<string, readonly string[]>();

describe("an image that cannot use the data of a host", () => {
  it("is refused for another major version of PostgreSQL, older or newer, by its field", () => {
    for (const [data, server] of [
      ["17", "15"],
      ["15", "18"],
    ]) {
      const [change, ...more] = postgresChanges(AT, { data, server, timescaledb: null } as never, NONE);
      expect(more).to.deep.equal([]);
      expect(change?.words).to.equal(
        `services.timescaledb.image: the data on host-a are of PostgreSQL ${data}, and registry.example/store:1 has PostgreSQL ${server}, which cannot use them`,
      );
      expect(change?.way).to.equal(`name an image of PostgreSQL ${data} in pair.yaml`);
    }
  });

  it("is not refused where either does not say, where there are no data, or where both are the same", () => {
    for (const [data, server] of [
      [null, "15"],
      ["15", null],
      ["15", "15"],
    ])
      expect(postgresChanges(AT, { data, server, timescaledb: ["2.28.4"] } as never, NONE)).to.deep.equal([]);
  });

  it("is refused without the library of a TimescaleDB that is in use, with the databases that have it", () => {
    const used = new Map([
      ["2.28.4", ["metrics", "shop"]],
      ["2.17.2", ["old"]],
    ]);
    const fit = { data: "15", server: "15", timescaledb: ["2.17.2", "2.16.1"] };
    expect(postgresChanges(AT, fit, used).map(({ words }) => words)).to.deep.equal([
      "services.timescaledb.image: TimescaleDB 2.28.4 is in use on host-a (metrics, shop), and registry.example/store:1 has no library of it, only of 2.17.2, 2.16.1",
    ]);
    expect(postgresChanges(AT, { ...fit, timescaledb: [] }, used)).to.have.length(2);
    // An image that does not say where its libraries are is not judged.
    expect(postgresChanges(AT, { ...fit, timescaledb: null }, used)).to.deep.equal([]);
  });

  it("is refused for what its Redis does not read, and for nothing else", () => {
    const [change] = redisChanges(AT, { server: "Redis server v=7.0.15", refused: ["REDIS0011", "REDIS0012"] });
    expect(change?.words).to.include(
      "of the form REDIS0011, REDIS0012, and registry.example/store:1 (Redis server v=7.0.15)",
    );
    expect(redisChanges(AT, { server: null, refused: [] })).to.deep.equal([]);
    const refusal = refusalOfChanges(change === undefined ? [] : [change]);
    expect(refusal).to.include({ exitCode: 3, next: "name the image of before, or a newer one, in pair.yaml" });
    expect(refusal?.message).to.match(/nothing was changed\. services\.redis\.image: /);
  });
});

describe("what an image says of the data", () => {
  it("is read line by line, whatever else a terminal printed", () => {
    expect(parsePostgresFit("data=15\nserver=postgres (PostgreSQL) 17.12 (Debian 17.12-0+deb13u1)\n")).to.deep.equal({
      ...{ data: "15", server: "17", timescaledb: null },
    });
    expect(
      parsePostgresFit("server=postgres (PostgreSQL) 18beta1\nlibraries\ntimescaledb=2.28.4\ntimescaledb=2.28.3\n"),
    ).to.deep.equal({ data: null, server: "18", timescaledb: ["2.28.4", "2.28.3"] });
    expect(parsePostgresFit("server=\nlibraries\n")).to.deep.equal({ data: null, server: null, timescaledb: [] });
    expect(parseRedisFit("sed: no such file\nserver=Valkey server v=8.1.1\nrefused=REDIS0012\n")).to.deep.equal({
      ...{ server: "Valkey server v=8.1.1", refused: ["REDIS0012"] },
    });
    expect([...parseTimescaledbInUse("2.17.2 a b\n2.17.2 postgres\n2.28.4 shop\nend\n")]).to.deep.equal([
      ["2.17.2", ["a b", "postgres"]],
      ["2.28.4", ["shop"]],
    ]);
  });
});
