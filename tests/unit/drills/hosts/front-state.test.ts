import { expect } from "chai";
import { frontPlanInDrill, readFrontPlan, targetsOf } from "../../../../drills/hosts/front-state";
import { OPEN } from "../../../../settings/front";
import { LABELS } from "../../../../settings/names";
import { viewFrom, type HostView } from "../../../../settings/pair";
import { FakeHost, fakeNamedHost } from "../../../support/fake-host";
import { temporaryFolder } from "../../../support/temporary-folder";
import { sampleEnvironment } from "../../components/sample";

const made = (ports: string): Map<string, { listen: string; ports: string }> =>
  new Map([["understudy-prometheus", { listen: "198.51.100.1", ports }]]);
const CLOSED = made("19090:9090/tcp@127.0.0.1");
const PLAIN = made("19090:9090/tcp");

describe("what a host is to have of the front", function () {
  this.slow(2000);
  const folder = temporaryFolder();
  const environment = sampleEnvironment(2);
  let fake: FakeHost;
  let view: HostView;

  beforeEach(async () => {
    fake = new FakeHost(folder());
    await fake.start();
    view = { self: fakeNamedHost(), peer: fakeNamedHost({ name: "host-b" }) };
  });
  afterEach(() => fake.stop());

  it("is read from the other host: nothing there, all at once", async () => {
    fake.containers = [];
    expect(await readFrontPlan(view, environment, true, new Map())).to.deep.equal({
      ...{ front: true, through: true, closed: true },
    });
  });

  it("is not asked through where the knock at the other host's front does not come about", async () => {
    fake.containers = [{ name: "understudy-front", labels: { [LABELS.ports]: "9443:9443/tcp@203.0.113.1" } }];
    fake.says("no answer to a knock\n");
    expect(await readFrontPlan(view, environment, true, PLAIN)).to.include({ through: false });
    fake.says(`${String(environment.ports.front)} open\nend\n`);
    expect(await readFrontPlan(view, environment, true, PLAIN)).to.include({ through: true });
  });

  it("stays as it is where the other host cannot be asked", async () => {
    fake.stop();
    expect(await readFrontPlan(view, environment, true, PLAIN)).to.include({ through: false, closed: false });
    expect(await readFrontPlan(view, environment, true, CLOSED)).to.include({ through: true, closed: true });
    await fake.start();
  });

  it("is nothing without certificates, and nobody is asked", async () => {
    fake.stop();
    expect(await readFrontPlan(view, environment, false, CLOSED)).to.deep.equal(OPEN);
    await fake.start();
  });

  it("is what is there while a drill runs, and nobody is asked", () => {
    expect(frontPlanInDrill(viewFrom(environment, "host-a"), true, CLOSED)).to.deep.equal({
      ...{ front: true, through: true, closed: true },
    });
    expect(frontPlanInDrill(viewFrom(environment, "host-a"), true, PLAIN).closed).to.equal(false);
  });
});

describe("the targets of a Prometheus on one host", () => {
  const target = (host: string, scrapeUrl: string, health = "up"): object => ({ labels: { host }, scrapeUrl, health });

  it("are those that it asks through the front, and those of them that answer", () => {
    const activeTargets = [
      target("host-a", "http://understudy-loki:3100/metrics"),
      target("host-b", "https://203.0.113.2:9443/loki/metrics"),
      target("host-b", "https://203.0.113.2:9443/tempo/metrics", "down"),
      target("host-b", "http://203.0.113.2:13000/metrics"),
    ];
    expect(targetsOf({ data: { activeTargets } }, "host-b")).to.deep.equal({ all: 3, through: 2, answering: 1 });
    expect(targetsOf({ data: { activeTargets } }, "host-c")).to.deep.equal({ all: 0, through: 0, answering: 0 });
  });

  it("are none in what is no such answer", () => {
    for (const answer of [null, "x", {}, { data: {} }]) expect(targetsOf(answer, "host-b").all).to.equal(0);
  });
});
