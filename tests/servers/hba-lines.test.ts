import { expect } from "chai";
import { HBA_TRIAL, hbaTrialWord } from "../../drills/hosts/server-settings/hba-trial";
import { parseTrial, type Trial } from "../../drills/hosts/server-settings/trial";
import { refusedHbaLines } from "../../operator/settings/try-hba";
import { readHbaLines, withHbaLines, type HbaLine } from "../../settings/hba-lines";
import { REPLICATION_USER } from "../../settings/names";
import { renderConfigFile } from "../../components/config-files";
import { CAN_GUARD_POSTGRES, GuardedPostgres } from "../support/guarded-postgres";
import { relocated } from "../unit/guard/stage";

const HUSH = { postgres: "hush-superuser", replication: "hush-replication", guard: "hush-guard" };

describe("an operator's lines for pg_hba.conf", function () {
  this.timeout(90_000);
  this.slow(20_000);
  let server = undefined as unknown as GuardedPostgres;

  before(async function () {
    if (!CAN_GUARD_POSTGRES) this.skip();
    server = await GuardedPostgres.make("host-a", HUSH);
    server.tell("primary");
    server.start();
    await server.until("a primary", () => server.sql("select 1") === "1");
    server.sql("create role shop login password 'hush-shop'");
    server.sql("create role other login password 'hush-other'");
  });
  after(async () => {
    await (server as GuardedPostgres | undefined)?.remove();
  });

  const tried = (text: string): Trial => {
    const { status, stdout, stderr } = server.run("sh", ["-c", relocated(HBA_TRIAL, server.folder), "sh", text]);
    expect(status, stderr).to.equal(0);
    return parseTrial(stdout);
  };
  const lines = (text: string): readonly HbaLine[] => {
    const read = readHbaLines(text);
    expect(read.problems).to.deep.equal([]);
    return read.lines;
  };

  it("are read by a server of the same version before anything changes, and refused by the number of their line", () => {
    const before = server.sql("select pg_conf_load_time()");
    expect(tried(hbaTrialWord(lines("# mine\n\nhost all shop 10.20.0.0/16 scram-sha-256\n"))).kind).to.equal("taken");
    // A network that has no such length passes our own reading: PostgreSQL alone knows.
    const trial = tried(
      hbaTrialWord(lines("host all shop 10.20.0.0/16 reject\n\nhost all shop 10.20.0.0/99 reject\n")),
    );
    expect(trial.kind).to.equal("refused");
    expect(refusedHbaLines([{ host: "host-a", trial }])).to.have.length(1);
    expect(refusedHbaLines([{ host: "host-a", trial }])[0]).to.match(
      /^overlays\.pg_hba: line 3: host-a refuses it: .*mask/,
    );
    expect(tried("hostssl all shop all scram-sha-256")).to.deep.include({ kind: "untried" });
    expect(server.sql("select pg_conf_load_time()")).to.equal(before);
  });

  it("count behind those of our own sessions, and before the last one", async () => {
    const own = renderConfigFile("timescaledb/pg_hba.conf", { replication_user: REPLICATION_USER });
    const theirs = lines("host all shop all scram-sha-256\nhost all all all reject\n");
    server.files["pg_hba.conf"] = withHbaLines(own, theirs);
    server.reload();
    const enters = (role: string, password: string): boolean =>
      server.run("env", [
        `PGPASSWORD=${password}`,
        "psql",
        "-AtXc",
        "select 1",
        `host=127.0.0.1 port=${server.port} user=${role} dbname=template1`,
      ]).status === 0;
    await server.until("the rules", () => !enters("other", "hush-other"));
    expect(enters("shop", "hush-shop")).to.equal(true);
    // The other host still asks: as long as there are no roles of ours, as the superuser.
    expect(enters("postgres", HUSH.postgres)).to.equal(true);
    expect(server.sql("select count(*) from pg_hba_file_rules where error is not null")).to.equal("0");
  });
});
