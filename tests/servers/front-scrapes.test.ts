import { expect } from "chai";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { Prometheus } from "../../components/prometheus";
import { pollUntil } from "../../drills/hosts/bounded";
import { targetsOf } from "../../drills/hosts/front-state";
import { sendJson } from "../../drills/hosts/http";
import { makeAuthority } from "../../settings/certificates/issue";
import type { StackCertificates } from "../../settings/certificates/stored";
import { frontRoutes } from "../../settings/front";
import { scrapeTargets } from "../../settings/scrape-targets";
import { SERVICE_NAMES, SERVICES } from "../../settings/services";
import { freePort } from "../support/free-port";
import { bundleFrom } from "../support/issued";
import { RealFront } from "../support/real-front";
import { temporaryFolder } from "../support/temporary-folder";
import { declareService } from "../unit/components/declared-service";
import { sampleArgs, sampleEnvironment } from "../unit/components/sample";
import { hasEnded } from "../support/has-ended";

const ENVIRONMENT = sampleEnvironment(2);
const ROOT = "/understudy/files/current/";
const SCRAPED = { deadlineMs: 30_000, pauseMs: 200 };
const OTHER_HOST = "203.0.113.2:9443";
/** Every time of the configuration and of the rules, as YAML or as JSON within it. */
const PACE = /(?<=\b(?:interval|scrape_interval|scrape_timeout|evaluation_interval|for)"?: ?"?)\d+[smhd]\b/g;

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

describe("a real Prometheus, through a real front", function () {
  this.timeout(90_000);
  this.slow(15_000);
  const folder = temporaryFolder();
  let front: RealFront | undefined;
  let prometheus: ChildProcess | undefined;
  let port: number;
  let said = "";
  let certificates: Record<"host-a" | "host-b", StackCertificates>;

  const ask = <T>(asked: string): Promise<T> =>
    sendJson({ host: { address: "127.0.0.1" }, port, path: `/api/v1${asked}`, timeoutMs: 5000 }).then(
      (answer) => (answer as { data: T }).data,
    );

  /** The files of host-a's Prometheus, for this machine: the other host's front is the one that runs here. */
  async function filesWith(bundle: StackCertificates): Promise<string> {
    const plan = { front: true, through: true, closed: true, certificates: pulumi.secret(bundle) };
    const { files } = await declareService(
      "prometheus",
      (args) => new Prometheus("svc", { ...args, front: plan }),
      () => sampleArgs(ENVIRONMENT, "prometheus"),
    );
    const current = path.join(folder(), "prometheus");
    for (const [file, content] of Object.entries(files)) {
      const at = path.join(current, file.slice(ROOT.length));
      mkdirSync(path.dirname(at), { recursive: true });
      const here = content
        .replaceAll(ROOT, `${current}/`)
        .replaceAll(OTHER_HOST, `127.0.0.1:${String(front?.port ?? 0)}`)
        .replace(PACE, "2s");
      writeFileSync(at, here);
    }
    return path.join(current, "prometheus.yml");
  }

  before(async () => {
    expect(spawnSync("prometheus", ["--version"]).status, "prometheus is on PATH").to.equal(0);
    const authority = await makeAuthority("sample", Date.now());
    const of = (host: string): Promise<StackCertificates> => bundleFrom(ENVIRONMENT, host, authority, Date.now());
    certificates = { "host-a": await of("host-a"), "host-b": await of("host-b") };
    front = await RealFront.start(folder(), frontRoutes(ENVIRONMENT), certificates["host-b"]);
    front.answer = (_request, response) =>
      response.setHeader("content-type", "text/plain").end("understudy_test_value 7\n");
    const config = await filesWith(certificates["host-a"]);
    port = await freePort();
    const words = [
      ...[`--config.file=${config}`, `--storage.tsdb.path=${path.join(folder(), "tsdb")}`],
      `--web.listen-address=127.0.0.1:${String(port)}`,
    ];
    const child = spawn("prometheus", words, { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (said += text));
    prometheus = child;
  });
  after(async () => {
    const running = prometheus;
    if (running !== undefined && !hasEnded(running)) {
      const ended = new Promise((resolve) => running.once("close", resolve));
      running.kill("SIGKILL");
      await ended;
    }
    await front?.stop();
  });

  const onOtherHost = (): Promise<readonly Series[]> =>
    ask<{ result: readonly Series[] }>(
      `/query?${new URLSearchParams({ query: 'up{host="host-b"} == 1' }).toString()}`,
    ).then(({ result }) => result);

  it("reads every service of the other host, under the labels that the series had in plain HTTP", async () => {
    const { reading } = await pollUntil(
      () => onOtherHost().catch(() => []),
      (found) => found.length === 5,
      SCRAPED,
    );
    const plain = scrapeTargets(ENVIRONMENT).filter(({ labels }) => labels.host === "host-b");
    const found = reading.map(({ metric: { __name__, ...labels } }) => `${__name__ ?? ""} ${JSON.stringify(labels)}`);
    const expected = plain.map(
      ({ targets: [instance], labels: { host, service } }) =>
        `up ${JSON.stringify({ host, instance, job: "understudy", service })}`,
    );
    expect(found.sort(), said).to.deep.equal(expected.sort());
    const asked = new Set(front?.seen.map(({ method, url }) => `${method} ${url}`));
    const metrics = SERVICE_NAMES.flatMap((name) => (SERVICES[name].metrics === null ? [] : [SERVICES[name].metrics]));
    expect(asked).to.include.all.keys(...metrics.map((one) => `GET ${one}`));
  });

  it("says of itself that it asks through the front, as a host's program reads it before it ends plain HTTP", async () => {
    const answer = { data: await ask("/targets?state=active") };
    expect(targetsOf(answer, "host-b")).to.deep.equal({ all: 5, through: 5, answering: 5 });
    expect(targetsOf(answer, "host-a")).to.deep.include({ through: 0, all: 5 });
    expect(targetsOf(answer, "host-c").all).to.equal(0);
  });

  /** The critical alerts of which the other host's Alertmanager was told, such as `HostDown host-a`. */
  const criticalTold = (): ReadonlySet<string> =>
    new Set(
      (front?.seen ?? [])
        .filter(({ method, url }) => method === "POST" && url === "/api/v2/alerts")
        .flatMap(({ body }) => JSON.parse(body) as readonly { labels: Readonly<Record<string, string>> }[])
        .filter(({ labels }) => labels.severity === "critical")
        .map(({ labels }) => `${labels.alertname ?? ""} ${labels.host ?? ""}`),
    );

  it("tells the other host's Alertmanager what fires", async () => {
    // Nothing answers as host-a here: HostDown fires, in the place of ServiceDown for each of its services.
    const told = await ask<{ activeAlertmanagers: readonly { url: string }[] }>("/alertmanagers");
    expect(told.activeAlertmanagers.map(({ url }) => url)).to.include(
      `https://127.0.0.1:${String(front?.port ?? 0)}/alertmanager/api/v2/alerts`,
    );
    const { reading } = await pollUntil(
      () => Promise.resolve(criticalTold()),
      (alerts) => alerts.has("HostDown host-a"),
      SCRAPED,
    );
    expect(reading, said).to.include("HostDown host-a").and.not.include("ServiceDown host-a");
  });

  it("takes renewed certificates on both sides without losing the other host", async () => {
    const next = await makeAuthority("sample", Date.now());
    const authority = await makeAuthority("sample", Date.now());
    const trust = [authority, next];
    const serving = await bundleFrom(ENVIRONMENT, "host-b", authority, Date.now(), trust);
    front?.write(serving);
    front?.reload();
    await filesWith(await bundleFrom(ENVIRONMENT, "host-a", next, Date.now(), trust));
    prometheus?.kill("SIGHUP");
    const since = Date.now() / 1000 + 4;
    const { reading, reached } = await pollUntil(
      () => onOtherHost(),
      (found) => found.length === 5 && found.every(({ value: [at] }) => at > since),
      SCRAPED,
    );
    expect(reached, JSON.stringify(reading) + said).to.equal(true);
  });
});
