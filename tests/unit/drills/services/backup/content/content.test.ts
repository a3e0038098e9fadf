import { expect } from "chai";
import { HttpRefusal } from "../../../../../../drills/hosts/http";
import { parseBackups } from "../../../../../../drills/services/backup/backups";
import { compareContent, contentOf } from "../../../../../../drills/services/backup/content/content";
import {
  dashboardContent,
  linesOf,
  logLineContent,
  spanContent,
} from "../../../../../../drills/services/backup/content/service-units";
import {
  journalEntries,
  lastingKeys,
  parseJournalRows,
} from "../../../../../../drills/services/backup/content/journal";
import { seriesContent, silenceContent } from "../../../../../../drills/services/backup/content/monitoring";
import { tracesIn } from "../../../../../../drills/services/backup/restored-content";

const UNTIL = Date.parse("2026-11-25T03:00:00Z");

describe("what a restored service must hold", () => {
  it("is equal only when everything recorded is there with the same value", () => {
    expect(compareContent({ rows: 3 }, { rows: 3, other: 1 })).to.deep.include({ outcome: "equal", reason: null });
    expect(compareContent({ rows: 3 }, { rows: 2 })).to.deep.include({
      outcome: "differs",
      reason: "rows: 2 restored, 3 recorded",
    });
    expect(compareContent({ rows: 3 }, {}).reason).to.equal("rows: unknown restored, 3 recorded");
  });

  it("is not equal when nothing, or something unknown, was recorded", () => {
    expect(compareContent({}, { rows: 3 }).outcome).to.equal("differs");
    expect(compareContent({ series: null }, { series: null }).outcome).to.equal("differs");
  });

  it("is counted whatever the order, and one changed line changes the digest", () => {
    expect(contentOf("lines", ["a", "b"])).to.deep.equal(contentOf("lines", ["b", "a"]));
    expect(contentOf("lines", ["a", "b"])).not.to.deep.equal(contentOf("lines", ["a", "c"]));
  });

  it("is of PostgreSQL the journal's count and sum of hashes, and nothing else is taken for it", () => {
    expect(parseJournalRows("12 -77\n")).to.deep.equal({ rows: 12, "sum of the rows' hashes": "-77" });
    expect(() => parseJournalRows("")).to.throw("not a count");
  });

  it("is of Redis the stream up to a time, page by page, and the keys that last", async () => {
    const entries = Array.from({ length: 7000 }, (_, at) => [`${at + 1}-0`, ["seq", String(at)]] as const);
    const asked: string[][] = [];
    const command = (...words: string[]): Promise<unknown> => {
      asked.push(words);
      const [, , from = "", until = ""] = words;
      const after = from.startsWith("(") ? Number(from.slice(1).split("-")[0]) : Number(from) - 1;
      const found = entries.filter(([id]) => {
        const number = Number(id.split("-")[0]);
        return number > after && number <= Number(until);
      });
      return Promise.resolve(found.slice(0, 5000));
    };
    const all = await journalEntries({ command }, { sinceMs: 0, untilMs: 7000 });
    expect(all["journal entries"]).to.equal(7000);
    expect(asked.map((words) => words[2])).to.deep.equal(["0", "(5000-0"]);
    const kept = await journalEntries({ command }, { sinceMs: 6001, untilMs: 7000 });
    expect(kept["journal entries"], "what the running store has not pruned").to.equal(1000);
    expect(
      (await journalEntries({ command }, { sinceMs: 0, untilMs: 6999 }))["sha256 of journal entries"],
    ).not.to.equal(all["sha256 of journal entries"]);
    expect(lastingKeys("# Keyspace\r\ndb0:keys=5,expires=2,avg_ttl=0\r\ndb3:keys=1,expires=0,avg_ttl=0\r\n")).to.equal(
      4,
    );
  });

  it("is of Loki every line of every stream once, with its stream and time", async () => {
    const answer = { data: { result: [{ stream: { job: "x", a: "1" }, values: [["7", "hello"]] }] } };
    expect(linesOf(answer)).to.deep.equal(['[["a","1"],["job","x"]] 7 hello']);
    const asked: string[] = [];
    const get = (path: string): Promise<string> => {
      asked.push(path);
      return Promise.resolve(JSON.stringify(path.includes("/labels?") ? { data: ["job", "a"] } : answer));
    };
    expect((await logLineContent(get, { from: UNTIL - 1, until: UNTIL }))["log lines"]).to.equal(1);
    expect(asked).to.have.length(3);
    expect(() => linesOf({ status: "error" })).to.throw("query_range");
  });

  it("is of Tempo the spans of known traces; one that is not found has none, and any other refusal is none", async () => {
    const trace = { batches: [{ scopeSpans: [{ spans: [{ spanId: "x" }, { spanId: "y" }] }] }] };
    const get = (path: string): Promise<string> =>
      path.endsWith("/aa")
        ? Promise.resolve(JSON.stringify(trace))
        : Promise.reject(new HttpRefusal(Number(path.slice(-3)), "no"));
    expect((await spanContent(get, ["aa", "404"])).spans).to.equal(2);
    const error = await spanContent(get, ["500"]).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(Error);
  });

  it("is of Tempo looked for by the traces of its backup and of those before it", () => {
    const made = (at: string, trace: string): object => ({
      ...{ id: trace, time: at, hostname: "host-a", tags: ["tempo", `content:trace=${trace}`] },
    });
    const backups = parseBackups(
      JSON.stringify([made("2026-11-25T01:00:00Z", "a1"), made("2026-11-25T02:00:00Z", "b2")]),
    );
    const [first, second] = backups;
    expect(first && tracesIn(first, backups)).to.deep.equal(["a1"]);
    expect(second && tracesIn(second, backups)).to.deep.equal(["a1", "b2"]);
  });

  it("is of Prometheus its series and samples, and unknown where it does not count", async () => {
    const get = (path: string): Promise<string> => {
      const result = path.includes("count") ? [] : [{ metric: { host: "host-a" }, values: [[1, "1"]] }];
      return Promise.resolve(JSON.stringify({ data: { result } }));
    };
    expect(await seriesContent(get, UNTIL)).to.deep.include({ series: null, "samples of up": 1 });
  });

  it("is of Alertmanager and Grafana what the backup says that it counted", async () => {
    const [made] = parseBackups(
      JSON.stringify([
        {
          ...{ id: "1f", time: "2026-11-25T03:00:00Z", hostname: "host-a" },
          tags: ["grafana", "begun:1795575600", "content:dashboards=1", "content:sha256-of-dashboards=ab"],
        },
      ]),
    );
    expect(made?.content).to.deep.equal({ dashboards: 1, "sha256 of dashboards": "ab" });
    expect(made?.begunAt).to.equal("2026-11-25T03:00:00.000Z");
    const answers: Readonly<Record<string, unknown>> = {
      "/api/search?type=dash-db&limit=5000": [{ uid: "x" }],
      "/api/dashboards/uid/x": { dashboard: { version: 3 } },
      "/api/v2/silences": [{ id: "s1" }],
    };
    const get = (path: string): Promise<string> => Promise.resolve(JSON.stringify(answers[path]));
    expect((await dashboardContent(get)).dashboards).to.equal(1);
    expect((await silenceContent(get)).silences).to.equal(1);
  });
});
