import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import { trustBundle } from "../../settings/certificates/clients";
import { issueLeaf, makeAuthority } from "../../settings/certificates/issue";
import { REPLICATION_USER } from "../../settings/names";
import { rootOf } from "../../operator/certificates/exchange";
import { CAN_GUARD_POSTGRES } from "../support/guarded-postgres";
import { serverLeaf } from "../support/issued";
import { startPostgres, type RealPostgres } from "../support/real-postgres";
import { temporaryFolder } from "../support/temporary-folder";

const SCRIPTS = path.resolve(__dirname, "../../configs/backup");
const PASSWORD = "replication-pw";

describe("the receiver of the write-ahead log and the base backups, from a PostgreSQL that encrypts", function () {
  this.timeout(120_000);
  this.slow(30_000);
  const folder = temporaryFolder();
  const at = (...names: string[]): string => path.join(folder(), ...names);
  let server: RealPostgres;
  let archive: ChildProcess | undefined;

  before(async function () {
    if (!CAN_GUARD_POSTGRES) this.skip();
    chmodSync(folder(), 0o755);
    for (const name of ["pg", "backup", "run", "bin/files/current"]) mkdirSync(at(name), { recursive: true });
    server = await startPostgres(at("pg"), { wal_level: "replica", max_wal_senders: "10" });
    server.sql("postgres", `create role ${REPLICATION_USER} login replication password '${PASSWORD}'`);
    cpSync(SCRIPTS, at("bin"), { recursive: true });
    file("replication", `${PASSWORD}\n`);
    hba("host replication all all scram-sha-256");
    // The container has everything that its receiver asks for beside PostgreSQL.
    receive();
    await until(() => existsSync(at("backup/wal/host-b/line")));
  });
  after(() => {
    archive?.kill("SIGTERM");
    (server as RealPostgres | undefined)?.stop();
  });

  const file = (name: string, text: string): void =>
    writeFileSync(at("bin/files/current", name), text, { mode: 0o600 });
  const hba = (rule: string): void =>
    writeFileSync(path.join(server.data, "pg_hba.conf"), `local all all trust\n${rule}\n`);
  const env = (): NodeJS.ProcessEnv => ({
    ...process.env,
    UNDERSTUDY_BIN: at("bin"),
    UNDERSTUDY_BACKUP_FOLDER: at("backup"),
    UNDERSTUDY_RUN_FOLDER: at("run"),
    UNDERSTUDY_HOST: "host-a",
    UNDERSTUDY_PEER_HOST: "host-b",
    UNDERSTUDY_PEER_ADDRESS: "127.0.0.1",
    UNDERSTUDY_PEER_PORT: String(server.port),
    UNDERSTUDY_PEER_METRICS_PORT: "1",
    UNDERSTUDY_REPLICATION_USER: REPLICATION_USER,
    UNDERSTUDY_MIN_FREE_BYTES: "1",
  });
  function receive(): void {
    const words = `. "$UNDERSTUDY_BIN/common.sh"; write_pgpass; exec sh "$UNDERSTUDY_BIN/archive.sh"`;
    archive = spawn("sh", ["-c", words], { env: env(), stdio: "ignore" });
  }
  async function until(seen: () => boolean): Promise<void> {
    const { reached } = await pollUntil(
      () => Promise.resolve(seen()),
      (one) => one,
      {
        deadlineMs: 30_000,
        pauseMs: 100,
      },
    );
    if (reached) return;
    throw new Error(readFileSync(at("run/archive.err"), "utf8"));
  }
  /** How the log is received, as the server says. */
  const received = (): string =>
    server.sql(
      "postgres",
      "select ssl from pg_stat_replication join pg_stat_ssl using (pid) where application_name = 'understudy_archive' and state = 'streaming'",
    );
  async function encrypt(rule: string): Promise<void> {
    const now = Date.now();
    const authority = await makeAuthority("sample", now);
    const leaf = await issueLeaf(serverLeaf("host-b", "127.0.0.1"), authority, now);
    const client = await issueLeaf(
      { name: REPLICATION_USER, use: "client", commonName: REPLICATION_USER, names: [] },
      authority,
      now,
    );
    const { uid, gid } = statSync(server.data);
    const ca = trustBundle({ trust: [rootOf(authority)] });
    for (const [name, text] of Object.entries({
      "server.crt": leaf.certificate,
      "server.key": leaf.key,
      "ca.crt": ca,
    })) {
      writeFileSync(path.join(server.data, name), text, { mode: 0o600 });
      chownSync(path.join(server.data, name), uid, gid);
    }
    file("ca.crt", ca);
    file("replication-client.crt", client.certificate);
    file("replication-client.key", client.key);
    hba(rule);
  }

  it("is plain without certificates, and stays so while the peer does not encrypt", async () => {
    await until(() => received() === "f");
    file("encryption", "required\n");
    server.sql("postgres", "select pg_terminate_backend(pid) from pg_stat_replication");
    await until(() => received() === "f");
    expect(existsSync(at("backup/plain-peer"))).to.equal(true);
  });

  it("goes over to TLS when the peer encrypts, with its certificate, and never back", async () => {
    await encrypt(`hostssl replication all all scram-sha-256 clientcert=verify-full\nhostnossl all all all reject`);
    server.sql(
      "postgres",
      "alter system set ssl = on",
      "alter system set ssl_ca_file = 'ca.crt'",
      "select pg_reload_conf()",
      "select pg_terminate_backend(pid) from pg_stat_replication",
    );
    await until(() => received() === "t");
    expect([existsSync(at("backup/plain-peer")), existsSync(at("backup/encrypted-peer"))]).to.deep.equal([false, true]);
    server.sql("postgres", "alter system set ssl = off", "select pg_reload_conf()");
    hba("host replication all all scram-sha-256");
    server.sql("postgres", "select pg_reload_conf()", "select pg_terminate_backend(pid) from pg_stat_replication");
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(received(), "a peer that says it does not encrypt any more").to.equal("");
    server.sql("postgres", "alter system set ssl = on", "select pg_reload_conf()");
    await until(() => received() === "t");
  });
});
