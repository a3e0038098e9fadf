import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { askReadiness } from "../../drills/hosts/readiness";
import { exchange, send, sendJson } from "../../drills/hosts/http";
import { closeForwards, forwardedSocket } from "../../drills/hosts/service-forwards";
import { pollUntil } from "../../drills/hosts/bounded";
import type { Environment } from "../../settings/environment";
import type { NamedHost } from "../../settings/pair";
import { ofPorts } from "../../drills/services/canary/options";
import { forwardFindings } from "../../operator/doctor/forward-findings";
import { freePort } from "../support/free-port";
import { localSshd, type LocalSshd } from "../support/local-sshd";
import { temporaryFolder } from "../support/temporary-folder";

/** An address that leads nowhere: whoever is asked through SSH is not asked there. */
const NOWHERE = "192.0.2.1";

describe("the services of a host, asked through SSH", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  let sshd: LocalSshd;
  let service: Server;
  let port: number;
  let host: NamedHost;
  const asked: IncomingMessage[] = [];

  before(async () => {
    sshd = await localSshd(folder());
    host = { name: "host-a", address: NOWHERE, ...sshd.host } as NamedHost;
    service = createServer((request, response) => {
      asked.push(request);
      if (request.url === "/silent") return;
      void text(request).then((body) => response.writeHead(request.url === "/ready" ? 200 : 418).end(`said ${body}`));
    });
    service.listen(0, "127.0.0.1");
    await once(service, "listening");
    ({ port } = service.address() as AddressInfo);
  });
  after(async () => {
    closeForwards();
    service.closeAllConnections();
    service.close();
    await sshd.stop();
  });

  it("are asked at the host's own loopback, with body, headers and status, whatever the answer", async () => {
    const request = {
      host,
      port,
      path: "/x?y=z",
      method: "POST",
      headers: { "x-one": "1" },
      body: "ü",
      timeoutMs: 10_000,
    };
    expect(await exchange({ ...request, method: "POST" })).to.deep.equal({ status: 418, text: "said ü" });
    expect(asked.at(-1)).to.include({ url: "/x?y=z", method: "POST" });
    expect(asked.at(-1)?.headers).to.include({ "x-one": "1", "content-length": "2", host: "localhost" });
    await sendJson({ host, port, path: "/x", timeoutMs: 5000 }).then(
      () => expect.fail("418 is no success"),
      (error: unknown) => expect(error).to.include({ name: "HttpRefusal", status: 418 }),
    );
  });

  it("share one connection, which others cannot use", async () => {
    const socket = await forwardedSocket(host, port);
    expect(await forwardedSocket(host, port)).to.equal(socket);
    const beside = await forwardedSocket(host, await freePort());
    expect(path.dirname(beside)).to.equal(path.dirname(socket));
    const { mode } = await import("node:fs/promises").then(({ stat }) => stat(path.dirname(socket)));
    expect(mode & 0o077, "the folder is this account's alone").to.equal(0);
    expect(existsSync(path.join(folder(), "shared")), "it is not the operator's own shared connection").to.equal(false);
  });

  it("are silent with a refusal where nobody listens, and silent where nobody answers", async () => {
    const read = (loki: number): ReturnType<typeof askReadiness> =>
      askReadiness(host, { ports: { loki } } as Environment, "loki");
    expect(await read(port)).to.include({ kind: "ready" });
    expect(await read(await freePort())).to.include({ kind: "silent", refused: true });
    const late = exchange({ host, port, path: "/silent", timeoutMs: 300 });
    await late.then(
      () => expect.fail("nobody answers"),
      (error: unknown) => expect(error).to.include({ name: "TimeoutError" }),
    );
  });

  it("are asked anew over a new connection when the old one has broken", async () => {
    await sshd.stop();
    const read = (): ReturnType<typeof askReadiness> =>
      askReadiness(host, { ports: { loki: port } } as Environment, "loki");
    expect(await read()).to.include({ kind: "silent" });
    await sshd.start();
    const { reading } = await pollUntil(read, (said) => said?.kind === "ready", { deadlineMs: 20_000, pauseMs: 200 });
    expect(reading).to.include({ kind: "ready" });
  });

  it("are not reached where sshd forbids it: doctor says so, and not where nothing listens", async () => {
    const environment = (used: number): Environment => ({ ports: ofPorts(() => used) }) as unknown as Environment;
    const strict = await localSshd(mkdtempSync(path.join(folder(), "strict-")), ["AllowTcpForwarding no"]);
    try {
      expect(await forwardFindings(host, environment(port))).to.have.nested.property("[0].state", "good");
      const [finding] = await forwardFindings({ ...host, ...strict.host }, environment(port));
      expect(finding).to.include({ check: "ssh forwards", host: "host-a", state: "problem" });
      expect(finding?.fix).to.match(/AllowTcpForwarding to local/);
      expect(await forwardFindings({ ...host, ...strict.host }, environment(await freePort()))).to.deep.equal([]);
    } finally {
      await strict.stop();
    }
  });

  it("leave nothing when their process ends, and take away what a killed one left", async () => {
    const ours = (pid: number | undefined): string[] =>
      readdirSync(tmpdir()).filter((name) => name.startsWith(`understudy-ssh-${String(pid)}-`));
    const script = path.join(folder(), "asks.ts");
    const module = path.resolve(__dirname, "../../drills/hosts/http.ts");
    writeFileSync(
      script,
      `import { send } from ${JSON.stringify(module)};
const [docker, sshConfig, port, stays] = process.argv.slice(2) as [string, string, string, string];
void send({ host: { address: "", docker, ssh_config: sshConfig }, port: Number(port), path: "/ready", timeoutMs: 10000 })
  .then((said) => { process.stdout.write(said); if (stays === "stays") setInterval(() => undefined, 1000); });
`,
    );
    const start = (stays: string): ReturnType<typeof spawn> =>
      spawn(process.execPath, ["--import", "tsx", script, host.docker, host.ssh_config ?? "", String(port), stays], {
        stdio: ["ignore", "pipe", "inherit"],
        cwd: path.resolve(__dirname, "../.."),
      });
    const ends = start("ends");
    const [code] = (await once(ends, "exit")) as [number];
    expect(code).to.equal(0);
    expect(ours(ends.pid), "ended by itself").to.deep.equal([]);

    const killed = start("stays");
    await once(killed.stdout!, "data");
    expect(ours(killed.pid)).to.have.length(1);
    killed.kill("SIGKILL");
    await once(killed, "exit");
    const dead = path.join(tmpdir(), `understudy-ssh-${String(killed.pid)}-left`);
    mkdirSync(dead, { recursive: true });
    const next = start("ends");
    await once(next, "exit");
    expect(ours(killed.pid), "taken away by the next").to.deep.equal([]);
  });

  it("are a plain request to an address where there is no endpoint of an engine", async () => {
    expect(await send({ host: { address: "127.0.0.1" }, port, path: "/ready", timeoutMs: 5000 })).to.equal("said ");
  });
});
