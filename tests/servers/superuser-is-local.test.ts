import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { makeOwnRoles } from "../../drills/bootstrap/accounts";
import { createJournal } from "../../drills/bootstrap/journal";
import { pollUntil } from "../../drills/hosts/bounded";
import { asSession, type LocalSession } from "../../drills/hosts/local-postgres";
import { connectPostgres } from "../../drills/hosts/postgres";
import { ownPassword, SUPERUSER_IS_LOCAL } from "../../settings/own-roles";
import { openLocalSession } from "../support/local-session";
import { HAS_POSTGRES, RealPostgres } from "../support/trusting-postgres";
import { temporaryFolder } from "../support/temporary-folder";
import { relocated } from "../unit/guard/stage";

const GUARD = path.resolve(__dirname, "../../configs/guard");
const HBA = readFileSync(path.resolve(__dirname, "../../configs/timescaledb/pg_hba.conf"), "utf8");
const CREDENTIALS = { postgres: "super" };

/** What a login ended with: a code, or `in`. */
async function login(port: number, user: string, password: string): Promise<string> {
  return connectPostgres({ address: "127.0.0.1", port, user, password }).then(
    async (session) => {
      await session.end();
      return "in";
    },
    (error: unknown) => (error as { code?: string }).code ?? String(error),
  );
}

describe("the boot guard's child that holds to the note in the data, beside a real PostgreSQL", function () {
  this.timeout(90_000);
  let server: RealPostgres | undefined;
  let child: ChildProcess | undefined;
  let local: LocalSession | undefined;
  after(async () => {
    const ended = new Promise((resolve) => child?.on("close", resolve));
    if (child?.kill("SIGKILL")) await ended;
    await local?.end();
    server?.stop();
  });
  const folder = temporaryFolder();
  const running = (): RealPostgres => server ?? expect.fail("no server");
  const state = (name: string): string => path.join(folder(), "understudy", name);
  const superuser = (): Promise<string> => login(running().port, "postgres", "super");
  const becomes = async (wanted: string): Promise<void> => {
    const { reading } = await pollUntil(superuser, (said) => said === wanted, { deadlineMs: 20_000, pauseMs: 100 });
    expect(reading).to.equal(wanted);
  };

  before(async function () {
    if (!HAS_POSTGRES) this.skip();
    const hba = state("pg_hba.conf");
    server = await RealPostgres.start(folder(), { password_encryption: "scram-sha-256" });
    server.sql(
      "template1",
      "create database understudy",
      "drop database postgres",
      "alter role postgres password 'super'",
    );
    // The container's scripts, as the guard has them when it starts its child.
    mkdirSync(path.join(folder(), "c/understudy/files/current"), { recursive: true });
    const scripts = {
      "common.sh": "postgres-common.sh",
      "encryption.sh": "postgres-encryption.sh",
      "own-roles.sh": "postgres-own-roles.sh",
    };
    for (const [name, from] of Object.entries(scripts)) {
      const text = relocated(readFileSync(path.join(GUARD, from), "utf8"), path.join(folder(), "c"));
      // In its container the server has its own port and socket.
      writeFileSync(
        path.join(folder(), "c/understudy", name),
        text.replaceAll("-h /var/run/postgresql", `-h ${folder()} -p ${server.port}`),
      );
    }
    writeFileSync(
      path.join(folder(), "c/understudy/files/current/pg_hba.conf"),
      HBA.replaceAll("${replication_user}", "understudy_replication"),
    );
    for (const name of ["postgres", "replication", "guard"])
      writeFileSync(path.join(folder(), "c/understudy/files/current", name), `${name}-pw\n`);
    writeFileSync(
      hba,
      HBA.replaceAll("${replication_user}", "understudy_replication").replace(/^host +all +postgres .*$/m, ""),
    );
    writeFileSync(state("status"), "primary\n");
    const { uid, gid } = { uid: Number(server.run("id", "-u")), gid: Number(server.run("id", "-g")) };
    for (const one of [state("status"), hba]) chownSync(one, uid, gid);
    chmodSync(path.join(folder(), "c"), 0o755);
    server.stop("fast");
    server.begin({ hba_file: hba });
    local = await openLocalSession(server);
    await createJournal(asSession(local));
    const words = [
      "--reuid=postgres",
      "--regid=postgres",
      "--clear-groups",
      // Its parent stands for the guard: the same account, so that it can be looked for.
      ...["sh", "-c", `sh ${path.join(folder(), "c/understudy/own-roles.sh")} $$; :`],
    ];
    child = spawn("setpriv", words, {
      env: {
        PATH: `${path.dirname(process.execPath)}:/usr/bin:/bin`,
        PGDATA: server.pgdata,
        UNDERSTUDY_GUARD_USER: "understudy_guard",
        UNDERSTUDY_REPLICATION_USER: "understudy_replication",
        UNDERSTUDY_SUPERUSER_OVER_NETWORK: "no",
        UNDERSTUDY_ROLES_TURN: "0.2",
      },
      stdio: "ignore",
    });
  });

  it("lets the superuser in as long as there are no roles, and as long as one host does not know them", async () => {
    await becomes("in");
    await makeOwnRoles(local ?? expect.fail(), CREDENTIALS);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await superuser()).to.equal("in");
    expect(existsSync(state("own-roles"))).to.equal(false);
  });

  it("refuses it from the note on, and knows its peer's superuser no more; the roles are let in", async () => {
    await local?.query(`comment on role understudy_guard is '${SUPERUSER_IS_LOCAL}'`);
    await becomes("28000");
    expect(existsSync(state("own-roles"))).to.equal(true);
    expect(readFileSync(state("pgpass"), "utf8")).to.equal(
      "*:*:*:understudy_replication:replication-pw\n*:*:*:understudy_guard:guard-pw\n",
    );
    const password = ownPassword(CREDENTIALS, "understudy_guard");
    expect(await login(running().port, "understudy_guard", password)).to.equal("in");
    expect(await local?.query<{ one: number }>("select 1 as one").then(({ rows }) => rows)).to.deep.equal([{ one: 1 }]);
  });

  it("keeps to it while the server does not answer, and lets it in again with data from before the note", async () => {
    running().stop("fast");
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(existsSync(state("own-roles"))).to.equal(true);
    running().begin({ hba_file: state("pg_hba.conf") });
    expect(await superuser()).to.equal("28000");
    local = await openLocalSession(running());
    await local.query("comment on role understudy_guard is null");
    await becomes("in");
    expect(existsSync(state("own-roles"))).to.equal(false);
    expect(readFileSync(state("pgpass"), "utf8")).to.include("*:*:*:postgres:postgres-pw\n");
  });
});
