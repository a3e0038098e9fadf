import { expect } from "chai";
import { frontPlan, frontRoutes, isClosed, isHttpPort, OPEN, portTable, type PeerFacts } from "../../../settings/front";
import { SERVICE_PORTS } from "../../../settings/services";
import { sampleEnvironment } from "../components/sample";

const PAIR = sampleEnvironment(2, { backup: { image: "backup:1", memory_mib: 256 } });

describe("what passes a front", () => {
  it("is named, each path by itself: metrics of what is scraped, and alerts", () => {
    expect(frontRoutes(PAIR).map(({ method, path, to }) => `${method} ${path} ${to}`)).to.deep.equal([
      "GET /prometheus/metrics /metrics",
      "GET /alertmanager/metrics /metrics",
      "GET /loki/metrics /metrics",
      "GET /tempo/metrics /metrics",
      "GET /grafana/metrics /metrics",
      "POST /alertmanager/api/v2/alerts /api/v2/alerts",
      "GET /backup/metrics.txt /metrics.txt",
    ]);
    expect(frontRoutes(sampleEnvironment(2)).map(({ container }) => container)).to.not.include("backup");
  });
});

describe("what a host publishes, by the table", () => {
  const audiences = (plan: { front: boolean; closed: boolean }): string[] =>
    portTable(PAIR, plan).map(({ key, audience }) => `${key} ${audience}`);

  it("is for clients without certificates, every port", () => {
    expect(portTable(PAIR, OPEN).every(({ audience }) => audience === "clients")).to.equal(true);
    expect(portTable(PAIR, OPEN)).to.have.length(SERVICE_PORTS.length + 2);
  });

  it("is for the host alone with certificates, but for the stores, gossip, backups and the front", () => {
    expect(audiences({ front: true, closed: true })).to.deep.equal([
      "redis clients",
      "postgres clients",
      "prometheus host",
      "alertmanager host",
      "alertmanager_cluster clients",
      "loki host",
      "tempo host",
      "otlp_http host",
      "grafana host",
      "backup clients",
      "backup_metrics host",
      "front peer",
    ]);
  });

  it("is not taken for HTTP where a store speaks its own protocol", () => {
    expect([isHttpPort("redis"), isHttpPort("postgres"), isHttpPort("loki")]).to.deep.equal([false, false, true]);
  });
});

describe("the plan of a front", () => {
  const peer = (more: Partial<PeerFacts> = {}): PeerFacts => ({
    ...{ containers: true, front: true, asksPlainly: false },
    ...more,
  });

  it("is none without certificates, whatever is there", () => {
    for (const one of [undefined, null, peer()]) expect(frontPlan(false, one, true)).to.deep.equal(OPEN);
  });

  it("closes a host that stands alone, which needs no front", () => {
    expect(frontPlan(true, undefined, false)).to.deep.equal({ front: false, through: false, closed: true });
  });

  it("is whole at once for the first host of a new pair", () => {
    const none = peer({ containers: false, front: false });
    expect(frontPlan(true, none, false)).to.deep.equal({ front: true, through: true, closed: true });
  });

  it("takes a running pair there in two rounds, and takes away at no moment what is still asked for", () => {
    const plans: Record<string, { front: boolean; through: boolean; closed: boolean }> = { a: OPEN, b: OPEN };
    const seenBy = (one: string): PeerFacts => {
      const other = plans[one === "a" ? "b" : "a"] ?? OPEN;
      return { containers: true, front: other.front, asksPlainly: !other.through };
    };
    const history: string[] = [];
    for (const one of ["a", "b", "a", "b", "a", "b"]) {
      plans[one] = frontPlan(true, seenBy(one), plans[one]?.closed ?? false);
      for (const [self, other] of [
        ["a", "b"],
        ["b", "a"],
      ] as const) {
        const works = plans[self]?.through === true ? plans[other]?.front : plans[other]?.closed === false;
        expect(works, `${self} asks ${other} after ${history.join()} ${one}`).to.equal(true);
      }
      history.push(`${one}${plans[one].closed ? " closed" : ""}`);
    }
    expect(history).to.deep.equal(["a", "b", "a closed", "b closed", "a closed", "b closed"]);
  });

  it("stays as it is while the other host cannot be asked, and is not taken back", () => {
    expect(frontPlan(true, null, false)).to.deep.equal({ front: true, through: false, closed: false });
    expect(frontPlan(true, null, true)).to.deep.equal({ front: true, through: true, closed: true });
    expect(frontPlan(true, peer({ asksPlainly: true }), true).closed).to.equal(true);
  });

  it("asks plainly again where the other host's front cannot be reached, as long as that one is open", () => {
    expect(frontPlan(true, peer({ front: false }), false).through).to.equal(false);
  });

  it("is read from the labels of the containers", () => {
    const made = (ports: string): Map<string, { listen: string; ports: string }> =>
      new Map([["understudy-prometheus", { listen: "10.0.0.1 127.0.0.1", ports }]]);
    expect(isClosed(made("9090:9090/tcp@127.0.0.1"))).to.equal(true);
    expect(isClosed(made("9090:9090/tcp"))).to.equal(false);
    expect(isClosed(new Map())).to.equal(false);
  });
});
