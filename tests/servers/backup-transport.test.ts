import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import { trustBundle } from "../../settings/certificates/clients";
import { issueLeaf, makeAuthority } from "../../settings/certificates/issue";
import type { Authority } from "../../settings/certificates/stored";
import { rootOf } from "../../operator/certificates/exchange";
import { backupStage, type BackupStage } from "../support/backup-stage";
import { freePort } from "../support/free-port";
import { serverLeaf } from "../support/issued";
import { temporaryFolder } from "../support/temporary-folder";

/** host-a pushes, by the container's own functions, to what host-b serves by them; restic and rclone are the real ones. */
describe("the way of the backups to the other host", function () {
  this.timeout(120_000);
  this.slow(20_000);
  const folder = temporaryFolder();
  let here: BackupStage;
  let there: BackupStage;
  let port: number;
  let store: ChildProcess | undefined;
  let authority: Authority;

  before(async function () {
    for (const [tool, word] of [
      ["restic", "version"],
      ["rclone", "version"],
      ["openssl", "version"],
    ] as const)
      if (spawnSync(tool, [word]).status !== 0) this.skip();
    port = await freePort();
    authority = await makeAuthority("sample", Date.now());
  });
  beforeEach(() => {
    const of = (name: string): string => {
      const at = path.join(folder(), `${name}-${String(readdirSync(folder()).length)}`);
      mkdirSync(at);
      return at;
    };
    here = backupStage(of("a"), {}, { UNDERSTUDY_PEER_STORE: `127.0.0.1:${port}` });
    there = backupStage(of("b"), {}, { UNDERSTUDY_HOST: "host-b", UNDERSTUDY_PEER_HOST: "host-a" });
    for (const one of [here, there]) {
      put(one, "transport", "let-me-in");
      put(one, "backup", "encrypting");
      put(one, "repository", `rest:http://understudy:let-me-in@127.0.0.1:${port}/host-a/`);
      put(one, "repository-tls", `rest:https://understudy:let-me-in@127.0.0.1:${port}/host-a/`);
    }
    mkdirSync(there.at("backup/repository"));
    mkdirSync(here.at("backup/status"));
    serve();
  });
  afterEach(async () => {
    const ended = new Promise((resolve) => store?.once("exit", resolve));
    store?.kill("SIGTERM");
    await ended;
  });

  const put = (stage: BackupStage, name: string, text: string): void =>
    writeFileSync(stage.at("bin/files/current", name), `${text}\n`, { mode: 0o600 });
  function serve(): void {
    const words = `. "$UNDERSTUDY_BIN/common.sh"; while :; do serve_store; sleep 0.2; done`;
    const env = { ...process.env, ...there.variables, UNDERSTUDY_STORE_LISTENS: `127.0.0.1:${port}` };
    store = spawn("sh", ["-c", words], { env, stdio: "ignore" });
  }
  async function certificates(stage: BackupStage, issuer = authority): Promise<void> {
    const now = Date.now();
    const leaf = await issueLeaf(serverLeaf("host-b", "127.0.0.1"), issuer, now);
    const client = await issueLeaf(
      { name: "understudy-backup", use: "client", commonName: "understudy-backup", names: [] },
      issuer,
      now,
    );
    put(stage, "ca.crt", trustBundle({ trust: [rootOf(issuer)] }));
    put(stage, "server.crt", leaf.certificate);
    put(stage, "server.key", leaf.key);
    put(stage, "backup-client.crt", client.certificate);
    put(stage, "backup-client.key", client.key);
  }
  const says = (words: string): string => {
    const { stdout, stderr, status } = spawnSync("sh", ["-c", `. "$UNDERSTUDY_BIN/common.sh"; ${words}`], {
      ...{ env: { ...process.env, ...here.variables }, encoding: "utf8", timeout: 60_000 },
    });
    return status === 0 ? stdout.trim() : `failed: ${stdout}${stderr}`;
  };
  /** Repeated, as an attempt is: a store that has just been given other files starts again. */
  async function reaches(words: string, expected: string | RegExp): Promise<void> {
    const { reading: value } = await pollUntil(
      () => Promise.resolve(says(words)),
      (one) => (typeof expected === "string" ? one === expected : expected.test(one)),
      { deadlineMs: 30_000, pauseMs: 500 },
    );
    if (typeof expected === "string") expect(value).to.equal(expected);
    else expect(value).to.match(expected);
  }

  it("is plain without certificates, and while the other host does not encrypt; then TLS, and never plain again", async () => {
    await reaches("ours init >/dev/null && store_way", "plain");
    await certificates(here);
    put(here, "encryption", "used");
    await reaches("ours cat config >/dev/null && store_way", "plain");
    expect(existsSync(here.at("backup/plain-store"))).to.equal(true);

    await certificates(there);
    put(there, "encryption", "required");
    // While the store starts again it is silent, which is TLS and proves nothing: only its own answer is noted.
    await reaches(`[ "$(store_way)" = tls ] && [ -f "$backup/encrypted-store" ] && echo noted`, "noted");
    expect(existsSync(here.at("backup/plain-store"))).to.equal(false);
    await reaches("ours cat config >/dev/null && echo reached", "reached");

    put(there, "encryption", "accepted");
    await reaches(`exec='timeout 5'; ours cat config >/dev/null && echo reached`, /^failed/);
    expect(says("store_way")).to.equal("tls");
  });

  it("lets nobody in who has no certificate of the pair, and is not taken for another host's store", async () => {
    for (const one of [here, there]) {
      await certificates(one);
      put(one, "encryption", "required");
    }
    await reaches("ours init >/dev/null && echo made", "made");
    const stranger = await makeAuthority("stranger", Date.now());
    put(here, "ca.crt", trustBundle({ trust: [rootOf(stranger)] }));
    expect(says(`exec='timeout 5'; ours cat config >/dev/null && echo reached`)).to.match(/^failed/);
    await certificates(here, stranger);
    put(here, "ca.crt", trustBundle({ trust: [rootOf(authority)] }));
    expect(says(`exec='timeout 5'; ours cat config >/dev/null && echo reached`)).to.match(/^failed/);
    expect(says(`curl -s -k -o /dev/null -w '%{http_code}' https://127.0.0.1:${port}/`)).to.match(/000$/);
  });

  it("takes renewed certificates while it serves, and shows no password in its arguments", async () => {
    for (const one of [here, there]) {
      await certificates(one);
      put(one, "encryption", "required");
    }
    await reaches("ours init >/dev/null && echo made", "made");
    const renewed = await makeAuthority("renewed", Date.now());
    for (const one of [here, there]) await certificates(one, renewed);
    await reaches("ours cat config >/dev/null && echo reached", "reached");
    const { stdout } = spawnSync("sh", ["-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"], { encoding: "utf8" });
    expect(stdout).to.include("rclone serve restic").and.not.include("let-me-in");
    expect(readFileSync(there.at("run/htpasswd"), "utf8")).to.not.include("let-me-in");
  });
});
