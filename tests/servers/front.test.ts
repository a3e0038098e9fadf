import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { ServerResponse } from "node:http";
import { pollUntil } from "../../drills/hosts/bounded";
import { frontConfig, routesMap } from "../../components/front";
import { issueLeaf, LEAF_DAYS, makeAuthority } from "../../settings/certificates/issue";
import { readChain } from "../../settings/certificates/facts";
import type { Authority, StackCertificates, StoredLeaf } from "../../settings/certificates/stored";
import { FRONT_CLIENT, frontRoutes } from "../../settings/front";
import { bundleFrom, DAY_MS } from "../support/issued";
import { ask, connectTo, RealFront, statusOf, type Connecting } from "../support/real-front";
import { runProgram } from "../support/run-program";
import { temporaryFolder } from "../support/temporary-folder";
import { sampleEnvironment } from "../unit/components/sample";

const ENVIRONMENT = sampleEnvironment(2, { backup: { image: "backup:1", memory_mib: 256 } });
const ROUTES = frontRoutes(ENVIRONMENT);

/** A whole request, without a body unless it is told one. */
function request(method: string, target: string, { headers = [] as readonly string[], body = "" } = {}): string {
  const length = body === "" ? [] : [`Content-Length: ${String(body.length)}`];
  return [`${method} ${target} HTTP/1.1`, "Host: host-a", ...length, ...headers, "Connection: close", "", body].join(
    "\r\n",
  );
}

/** Spellings of what must not pass, of a service's own paths and of ways out of the named ones. */
const FORBIDDEN: readonly (readonly [method: string, target: string])[] = [
  ...[
    "/",
    "/metrics",
    "/health",
    "/prometheus",
    "/prometheus/",
    "/prometheus/metrics/",
    "//prometheus/metrics",
    "/prometheus//metrics",
    "/./prometheus/metrics",
    "/prometheus/./metrics",
    "/prometheus/metrics/..",
    "/prometheus/metrics/../api/v1/admin/tsdb/delete_series",
    "/prometheus/metrics/%2e%2e/api/v1/status/config",
    "/prometheus/metrics/..%2fapi/v1/status/config",
    "/loki/metrics/..;/flush",
    "/PROMETHEUS/metrics",
    "/prometheus/METRICS",
    "/prometheus/%6detrics",
    "/%70rometheus/metrics",
    "/prometheus/metrics%00",
    "/prometheus/metrics;x",
    "/prometheus/metrics%3fx",
    "/prometheus\\metrics",
    "/prometheus/api/v1/query?query=up",
    "/prometheus/api/v1/status/config",
    "/prometheus/federate",
    "/alertmanager/api/v2/alerts",
    "/alertmanager/api/v2/silences",
    "/tempo/shutdown",
    "/tempo/flush",
    "/loki/flush",
    "/loki/loki/api/v1/query_range?query=x",
    "/grafana/api/admin/settings",
    "/backup/",
    "/redis/metrics",
    "/timescaledb/metrics",
  ].map((target) => ["GET", target] as const),
  ...[
    "/prometheus/metrics",
    "/prometheus/-/reload",
    "/prometheus/-/quit",
    "/prometheus/api/v1/admin/tsdb/snapshot",
    "/alertmanager/-/reload",
    "/alertmanager/api/v2/silences",
    "/alertmanager/api/v1/alerts",
    "/alertmanager//api/v2/alerts",
    "/alertmanager/api/v2/alerts/",
    "/alertmanager/api/v2/%61lerts",
    "/alertmanager/api/v2/alerts/../silences",
    "/tempo/shutdown",
    "/loki/flush",
    "/loki/ingester/shutdown",
    "/loki/loki/api/v1/push",
  ].map((target) => ["POST", target] as const),
  ...(["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "GETX"] as const).map(
    (method) => [method, "/prometheus/metrics"] as const,
  ),
  ["CONNECT", "understudy-prometheus:9090"],
  ["GET", "https://host-a/prometheus/-/healthy"],
  ["GET", "http://understudy-prometheus:9090/api/v1/status/config"],
];

describe("the front, with a real HAProxy", function () {
  this.timeout(60_000);
  this.slow(5000);
  const folder = temporaryFolder();
  let [authority, foreign]: Authority[] = [];
  let [certificates, others]: StackCertificates[] = [];
  let front: RealFront;

  const leafOf = (name: string, of = others): StoredLeaf => of?.leaves[name] as StoredLeaf;
  const bundle = (host: string, from: Authority, shiftMs = 0, trust?: Authority[]): Promise<StackCertificates> =>
    bundleFrom(ENVIRONMENT, host, from, Date.now() + shiftMs, trust);
  /** The other host's Prometheus, unless told otherwise. */
  const peer = (more: Partial<Connecting> = {}): Connecting => ({
    ...{ port: front.port, trust: authority as Authority, client: leafOf(FRONT_CLIENT) },
    ...more,
  });
  const status = (bytes: string, more: Partial<Connecting> = {}): Promise<number> =>
    ask(peer(more), bytes).then(statusOf);

  before(async () => {
    [authority, foreign] = [await makeAuthority("sample", Date.now()), await makeAuthority("sample", Date.now())];
    [certificates, others] = [await bundle("host-a", authority), await bundle("host-b", authority)];
    front = await RealFront.start(folder(), ROUTES, certificates);
  });
  after(() => front.stop());
  beforeEach(() => {
    front.seen.splice(0);
    front.answer = (_request, response) => response.end("said\n");
  });

  it("has a configuration that HAProxy takes without a warning, as it stands in the container", () => {
    const certificate = path.join(folder(), "server.pem");
    const { certificate: pem, key } = leafOf("server", certificates);
    writeFileSync(certificate, pem + key);
    writeFileSync(path.join(folder(), "ca.pem"), (certificates?.trust ?? []).join(""));
    writeFileSync(path.join(folder(), "routes.map"), routesMap(ROUTES));
    const file = path.join(folder(), "container.cfg");
    const own = frontConfig(ROUTES).replaceAll("/understudy/files/current/front/", `${folder()}/`);
    expect(own).to.include("server own understudy-prometheus:9090 ");
    writeFileSync(file, own.replaceAll(" init-addr libc,none ", " init-addr none "));
    const { code, said } = runProgram("haproxy", "-c", "-dW", "-f", file);
    expect({ code, said: said.replace(/^Configuration file is valid\s*$/, "") }).to.deep.equal({ code: 0, said: "" });
  });

  it("says how it is to its container's health check, with each program that an image has for it", () => {
    const script = path.resolve(__dirname, "../../configs/front/health.sh");
    const bash = runProgram("sh", "-c", "command -v bash").said.trim();
    const fetching = path.join(folder(), "fetching");
    const at = "const [, , url] = process.argv.filter((one) => !one.startsWith('-') && one !== '/dev/null');";
    const fetched = `${at} fetch(url).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1));`;
    writeFileSync(fetching, `#!${process.execPath}\n${fetched}\n`, { mode: 0o755 });
    for (const [program, to] of [
      ["bash", bash],
      ["wget", fetching],
    ] as const) {
      const only = path.join(folder(), `only-${program}`);
      mkdirSync(only);
      symlinkSync(to, path.join(only, program));
      const asked = (port: number): number | null =>
        spawnSync("/bin/sh", [script, String(port)], { env: { PATH: only }, timeout: 10_000 }).status;
      expect(asked(front.healthPort), program).to.equal(0);
      expect(asked(front.port), `${program}, of what is no health`).to.not.equal(0);
      expect(asked(1), `${program}, where nobody listens`).to.not.equal(0);
    }
  });

  it("lets each named request of the other host pass, to the one path that it stands for", async () => {
    for (const { method, path: target, to } of ROUTES) {
      front.seen.splice(0);
      const body = method === "POST" ? "[]" : "";
      expect(await status(request(method, `${target}?debug=1`, { body })), target).to.equal(200);
      expect(front.seen.map((one) => [one.method, one.url, one.body])).to.deep.equal([[method, to, body]]);
    }
  });

  it("tells the service nothing that the other host chose but the body and its form", async () => {
    const headers = ["Authorization: Basic eDp5", "Cookie: grafana_session=1", "X-WEBAUTH-USER: admin", "Upgrade: h2c"];
    const json = "Content-Type: application/json";
    const said = request("POST", "/alertmanager/api/v2/alerts", { headers: [...headers, json], body: "[1]" });
    expect(await status(said)).to.equal(200);
    const [seen] = front.seen;
    expect(seen?.headers).to.include({ host: "understudy", "content-type": "application/json" });
    expect(seen?.headers).to.not.have.any.keys("authorization", "cookie", "x-webauth-user", "upgrade");
  });

  it("lets no other method and no other spelling of a path through", async () => {
    for (const [method, target] of FORBIDDEN) {
      const body = method === "POST" ? "[]" : "";
      const found = await status(request(method, target, { body }));
      expect(found, `${method} ${target}`).to.be.within(400, 499);
    }
    expect(front.seen).to.deep.equal([]);
  });

  it("takes no body whose length is not told, none that is too long, and none with a GET", async () => {
    const alerts = "/alertmanager/api/v2/alerts";
    const chunked = request("POST", alerts, { headers: ["Transfer-Encoding: chunked"] });
    expect(await status(`${chunked}2\r\n[]\r\n0\r\n\r\n`)).to.equal(400);
    expect(await status(request("POST", alerts, { headers: ["Content-Length: 4194305"] }))).to.equal(413);
    expect(await status(request("GET", "/loki/metrics", { body: "x" }))).to.equal(400);
    const smuggled = ["Content-Length: 2", "Content-Length: 7"];
    expect(await status(request("POST", alerts, { headers: smuggled }))).to.equal(400);
    expect(front.seen).to.deep.equal([]);
  });

  describe("refuses", () => {
    const metrics = request("GET", "/prometheus/metrics");
    const refused = async (client: StoredLeaf | undefined): Promise<void> => {
      const said = await ask(peer({ client }), metrics);
      expect(said, said).to.match(/^(ERR_SSL_|ECONNRESET|EPIPE)/);
      expect(front.seen).to.deep.equal([]);
    };

    it("a client without a certificate", () => refused(undefined));
    it("one of another CA", async () => refused(leafOf(FRONT_CLIENT, await bundle("host-b", foreign as Authority))));
    it("one that has ended", async () =>
      refused(leafOf(FRONT_CLIENT, await bundle("host-b", authority as Authority, -(LEAF_DAYS + 1) * DAY_MS))));
    it("one that has not begun", async () =>
      refused(leafOf(FRONT_CLIENT, await bundle("host-b", authority as Authority, 2 * DAY_MS))));
    it("a server's certificate", () => refused(leafOf("server")));
    it("one that has signed itself as that role", async () => {
      const wanted = { name: FRONT_CLIENT, use: "client", commonName: FRONT_CLIENT, names: [] } as const;
      await refused(await issueLeaf(wanted, foreign as Authority, Date.now()));
    });

    for (const role of ["understudy_drill", "understudy_guard", "understudy_replication", "understudy-backup"]) {
      it(`the role ${role}, whose certificate is good`, async () => {
        expect(await status(metrics, { client: leafOf(role) })).to.equal(403);
        expect(front.seen).to.deep.equal([]);
      });
    }

    it("TLS before 1.2, and takes 1.2", async () => {
      expect(await status(metrics, { maxVersion: "TLSv1.1" })).to.equal(0);
      expect(await status(metrics, { maxVersion: "TLSv1.2" })).to.equal(200);
    });

    it("plain HTTP at its port", async () => {
      const said = await fetch(`http://127.0.0.1:${String(front.port)}/prometheus/metrics`).then(
        ({ status: found }) => found,
        () => "nothing",
      );
      expect([400, "nothing"]).to.include(said);
      expect(front.seen).to.deep.equal([]);
    });
  });

  it("does not let one place take every connection", async () => {
    const idle = Array.from({ length: 60 }, () => connectTo(peer()).on("error", () => undefined));
    try {
      const { reading } = await pollUntil(
        () => Promise.resolve(idle.filter((one) => one.destroyed).length),
        (closed) => closed >= 28,
        { deadlineMs: 5000, pauseMs: 50 },
      );
      expect(reading).to.be.at.least(28);
      expect(await front.health()).to.equal(200);
    } finally {
      for (const one of idle) one.destroy();
    }
  });

  it("takes renewed certificates by SIGHUP, and lets a request that runs come to its end", async () => {
    const serial = (): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket = connectTo(peer()).on("error", reject);
        socket.on("secureConnect", () => {
          resolve(socket.getPeerCertificate().serialNumber);
          socket.destroy();
        });
      });
    const numberOf = (of: StackCertificates): string =>
      readChain(of.leaves["server"]?.certificate ?? "")[0]?.serialNumber ?? "";
    await pollUntil(serial, () => true, { deadlineMs: 5000, pauseMs: 100 });
    const was = await serial();
    expect(was).to.equal(numberOf(certificates as StackCertificates));
    let held: ServerResponse | undefined;
    front.answer = (_request, response) => {
      held = response;
      response.write("first\n");
    };
    const running = ask(peer(), request("GET", "/loki/metrics"));
    await pollUntil(
      () => Promise.resolve(held),
      (one) => one !== undefined,
      { deadlineMs: 5000, pauseMs: 20 },
    );
    front.answer = (_request, response) => response.end("said\n");

    const renewed = await bundle("host-a", authority as Authority);
    const before = front.pid;
    front.write(renewed);
    front.reload();
    let refusals = 0;
    const { reached } = await pollUntil(
      async () => {
        if ((await status(request("GET", "/tempo/metrics"))) !== 200) refusals += 1;
        return serial();
      },
      (now) => now === numberOf(renewed),
      { deadlineMs: 10_000, pauseMs: 5 },
    );
    expect(reached, front.said).to.equal(true);
    expect(refusals, "requests that failed while it was told").to.equal(0);
    expect(front.pid, "process 1 stays").to.equal(before);
    held?.end("last\n");
    expect(await running).to.match(/first[\s\S]*last/);
  });

  it("believes a CA only from the reload that brings it, and no longer from the one that takes it away", async () => {
    const next = await makeAuthority("sample", Date.now());
    const client = leafOf(FRONT_CLIENT, await bundle("host-b", next));
    const metrics = request("GET", "/prometheus/metrics");
    const until = (want: number): Promise<{ reached: boolean }> =>
      pollUntil(
        () => status(metrics, { client }),
        (found) => found === want,
        { deadlineMs: 10_000, pauseMs: 20 },
      );
    expect(await status(metrics, { client })).to.equal(0);
    const both = [authority as Authority, next];
    front.write(await bundle("host-a", authority as Authority, 0, both));
    front.reload();
    expect((await until(200)).reached).to.equal(true);
    expect(await status(metrics), "the old one still").to.equal(200);
    front.write(certificates as StackCertificates);
    front.reload();
    expect((await until(0)).reached).to.equal(true);
  });

  it("keeps what runs when it is told something that it cannot read", async () => {
    const broken = structuredClone(certificates as StackCertificates);
    for (const leaf of Object.values(broken.leaves)) (leaf as { key: string }).key = "no key\n";
    front.write(broken);
    front.reload();
    await pollUntil(
      () => Promise.resolve(front.said),
      (said) => said.includes("front/server.pem"),
      { deadlineMs: 5000, pauseMs: 50 },
    );
    expect(await status(request("GET", "/prometheus/metrics"))).to.equal(200);
    front.write(certificates as StackCertificates);
    front.reload();
    const { reached } = await pollUntil(
      () => status(request("GET", "/prometheus/metrics")),
      (found) => found === 200,
      { deadlineMs: 10_000, pauseMs: 50 },
    );
    expect(reached).to.equal(true);
  });

  it("logs what it refuses, and no header and no body of it", async () => {
    const said = request("GET", "/prometheus/-/quit", { headers: ["Authorization: Basic canary-word"] });
    expect(await status(said)).to.equal(404);
    const { reached } = await pollUntil(
      () => Promise.resolve(front.said),
      (all) => all.includes("GET /prometheus/-/quit"),
      { deadlineMs: 5000, pauseMs: 50 },
    );
    expect(reached, front.said).to.equal(true);
    expect(front.said).to.not.match(/canary-word|PRIVATE KEY/);
  });
});
