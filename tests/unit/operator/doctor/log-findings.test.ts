import { expect } from "chai";
import { judgeLogs } from "../../../../operator/doctor/log-findings";
import { sampleEnvironment } from "../../components/sample";

const PAIR = sampleEnvironment(2, { agent: {}, logs: { data_roots: { "host-b": "/srv/docker" } } });

describe("where the Collector reads a host's logs", () => {
  it("is looked at only where logs are collected", () => {
    expect(judgeLogs("host-a", sampleEnvironment(2), { dataRoot: "/x", drivers: {} })).to.deep.equal([]);
  });

  it("is Docker's data root, unless the environment file names another one for the host", () => {
    const judged = (host: string, dataRoot: string): string | undefined =>
      judgeLogs(host, PAIR, { dataRoot, drivers: { "understudy-redis": "json-file" } })[0]?.state;
    expect(judged("host-a", "/var/lib/docker")).to.equal("good");
    expect(judged("host-b", "/srv/docker")).to.equal("good");
    expect(judged("host-a", "/srv/docker")).to.equal("problem");
    expect(judged("host-b", "/var/lib/docker")).to.equal("problem");
  });

  it("refuses another log driver in words", () => {
    const facts = {
      dataRoot: "/var/lib/docker",
      drivers: { "understudy-redis": "journald", "understudy-loki": "json-file" },
    };
    const [found] = judgeLogs("host-a", PAIR, facts);
    expect(found?.state).to.equal("problem");
    expect(JSON.stringify(found)).to.include("understudy-redis writes its log to journald");
  });
});
