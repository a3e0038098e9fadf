import { expect } from "chai";
import { listeningInDrill, madePortsOf, readListening, type ListenReading } from "../../../../drills/hosts/listening";
import { LABELS } from "../../../../settings/names";
import type { NamedHost } from "../../../../settings/pair";
import { addressesSaid, FakeHost, fakeNamedHost, type FakeContainer } from "../../../support/fake-host";
import { temporaryFolder } from "../../../support/temporary-folder";

const OWN = ["127.0.0.1", "198.51.100.1", "203.0.113.1"];
const PLAIN = "198.51.100.1 203.0.113.1 127.0.0.1";
const NAMED = "a.example=198.51.100.1 203.0.113.1 127.0.0.1";

function made(listen: string | undefined): readonly FakeContainer[] {
  const labels = listen === undefined ? {} : { [LABELS.listen]: listen, [LABELS.ports]: "6379:6379/tcp" };
  return ["understudy-redis", "understudy-grafana"].map((name) => ({ name, labels }));
}

describe("what a host's ports are to listen on, asked of the host", () => {
  const folder = temporaryFolder();
  let fake: FakeHost;

  beforeEach(async () => {
    fake = new FakeHost(folder());
    await fake.start();
    fake.says(addressesSaid(OWN, { "a.example": ["198.51.100.1"] }));
  });

  const reading = async (host: NamedHost, moved: "refused" | "left alone"): Promise<ListenReading> =>
    readListening(host, await madePortsOf(host), moved);

  afterEach(() => fake.stop());

  it("are its addresses, before its first container, once it says that it has them", async () => {
    const { listening, problems, facts } = await reading(fakeNamedHost(), "refused");
    expect(listening?.label).to.equal(PLAIN);
    expect([problems, facts?.own]).to.deep.equal([[], OWN]);
    expect(fake.asked()).to.match(/fib_trie/);
  });

  it("are refused by the field when the host lacks one: before the first container, and where one would be made anew", async () => {
    const nat = fakeNamedHost({ address: "192.0.2.50" });
    for (const containers of [[], made(undefined), made(PLAIN)]) {
      fake.containers = containers;
      const { problems } = await reading(nat, "left alone");
      expect(problems.map(({ field }) => field)).to.deep.equal(["hosts.host-a.address"]);
    }
  });

  it("are not asked for where every container has them already: an address that went away stops no other work", async () => {
    fake.containers = made(PLAIN);
    fake.says(addressesSaid(["127.0.0.1"]));
    const { listening, problems } = await reading(fakeNamedHost(), "refused");
    expect([listening?.label, problems, fake.asked()]).to.deep.equal([PLAIN, [], undefined]);
    expect(listening?.made.get("understudy-redis")).to.deep.equal({ listen: PLAIN, ports: "6379:6379/tcp" });
  });

  it("cannot be told when the host does not answer, and that is refused unless nothing changes", async () => {
    fake.says(undefined);
    const silent = await reading(fakeNamedHost(), "left alone");
    expect([silent.listening, silent.problems[0]?.field]).to.deep.equal([null, "hosts.host-a.listen"]);
    expect(silent.problems[0]?.words).to.match(/^nobody can tell which addresses host-a has: /);
    fake.containers = made(PLAIN);
    expect((await reading(fakeNamedHost(), "left alone")).problems).to.deep.equal([]);
  });

  it("are unknown when the engine does not answer: nobody knows what its containers were made with", async () => {
    fake.loseEngine();
    const error: unknown = await madePortsOf(fakeNamedHost()).catch((thrown: unknown) => thrown);
    expect(error).to.be.an("error");
  });

  describe("by a name", () => {
    const named = fakeNamedHost({ address: "a.example" });

    it("are what it is on that host, and kept with it", async () => {
      const { listening, problems } = await reading(named, "left alone");
      expect([listening?.label, problems]).to.deep.equal([NAMED, []]);
      expect(fake.asked()).to.include("getent ahosts 'a.example'");
    });

    it("are refused where it is nothing on that host, or its own loopback", async () => {
      for (const is of [[], ["127.0.1.1"]]) {
        fake.says(addressesSaid(OWN, { "a.example": is }));
        const { listening, problems } = await reading(named, "left alone");
        expect([listening, problems[0]?.field]).to.deep.equal([null, "hosts.host-a.address"]);
      }
    });

    it("stay what it was when the containers were made, whatever a name server says, and nobody is asked", async () => {
      fake.containers = made(NAMED);
      fake.says(addressesSaid(OWN, { "a.example": ["203.0.113.1"] }));
      const { listening, problems } = await reading(named, "left alone");
      expect([listening?.label, problems, fake.asked()]).to.deep.equal([NAMED, [], undefined]);
    });

    it("are refused by `up` where it has become something else, and kept where nothing answers for it", async () => {
      fake.containers = made(NAMED);
      fake.says(addressesSaid([...OWN, "198.51.100.9"], { "a.example": ["198.51.100.9"] }));
      const { problems } = await reading(named, "refused");
      expect(problems.map(({ field }) => field)).to.deep.equal(["hosts.host-a.address"]);
      expect(problems[0]?.words).to.match(/^a\.example is 198\.51\.100\.9 on host-a now, and was 198\.51\.100\.1 when/);
      for (const answer of [addressesSaid(OWN, { "a.example": [] }), undefined]) {
        fake.says(answer);
        const kept = await reading(named, "refused");
        expect([kept.listening?.label, kept.problems]).to.deep.equal([NAMED, []]);
      }
    });

    it("are asked for anew when the file has another name", async () => {
      fake.containers = made(NAMED);
      fake.says(addressesSaid(OWN, { "b.example": ["198.51.100.1"] }));
      const { listening } = await reading(fakeNamedHost({ address: "b.example" }), "left alone");
      expect(listening?.label).to.equal("b.example=198.51.100.1 203.0.113.1 127.0.0.1");
    });

    it("hold no drill up: it takes what the containers have, whoever does not answer, and asks for nothing else", async () => {
      fake.containers = made(NAMED);
      fake.says(undefined);
      const was = await madePortsOf(named);
      expect(listeningInDrill(named, was)).to.deep.include({ label: NAMED, made: was });
      fake.containers = made(undefined);
      expect(listeningInDrill(named, await madePortsOf(named)).addresses).to.deep.equal(["0.0.0.0"]);
      expect(listeningInDrill(named, undefined).addresses).to.deep.equal(["0.0.0.0"]);
      expect(listeningInDrill(fakeNamedHost(), undefined).label).to.equal(PLAIN);
      expect(fake.asked()).to.equal(undefined);
    });
  });
});
