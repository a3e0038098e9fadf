import { chmodSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { scramVerifier } from "../../drills/bootstrap/scram";
import { JOURNAL, SHOP, TRANSACTION } from "../../lab/bench/clients/client-loads";
import { countJournal, JOURNAL_COUNT, type JournalCount } from "../../lab/bench/clients/count-events";
import { startPgbench, type PgbenchOrder } from "../../lab/bench/clients/pgbench";
import { shopStatements } from "../../lab/bench/clients/shop";
import { DATABASE } from "../../settings/names";
import { StreamingPostgres } from "../support/streaming-postgres";
import { temporaryFolder } from "../support/temporary-folder";

describe("pgbench of the benchmark on a real server", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  let server: StreamingPostgres;

  before(async () => {
    chmodSync(folder(), 0o755);
    server = await StreamingPostgres.primary(path.join(folder(), "pg"));
    for (const statement of shopStatements(scramVerifier("the shop's own"))) await server.query(statement);
    writeFileSync(path.join(folder(), "transaction.sql"), TRANSACTION);
  });
  after(() => server.stop());

  function order(protocol: PgbenchOrder["protocol"], run: number): PgbenchOrder {
    return {
      ...{ host: "127.0.0.1", port: server.port, user: SHOP, password: "the shop's own", database: DATABASE },
      ...{ protocol, clients: 4, rate: 200, run, folder: folder(), originEpochMs: Date.now() },
      script: path.join(folder(), "transaction.sql"),
    };
  }

  async function counted(run: number, sent: readonly { readonly client: number; readonly answered: boolean }[]) {
    const sql = await server.open();
    const { rows } = await sql.query<JournalCount>(JOURNAL_COUNT(JOURNAL), [[run]]);
    await sql.end();
    const answered = new Map<number, number>();
    for (const { client } of sent) answered.set(client, (answered.get(client) ?? 0) + 1);
    return countJournal(run, answered, rows);
  }

  for (const [run, protocol] of [
    [2, "simple"],
    [4, "extended"],
  ] as const)
    it(`counts what was answered with the ${protocol} protocol, all of which is there when it was told to end`, async () => {
      const pgbench = await startPgbench(order(protocol, run));
      await sleep(500);
      const { sent, aborted } = await pgbench.finish();
      expect(aborted.size).to.equal(0);
      expect(sent.length).to.be.greaterThan(50);
      expect(Math.min(...sent.map(({ startMs }) => startMs))).to.be.greaterThan(0);
      expect(await counted(run, sent)).to.deep.equal({
        ...{ acknowledged: sent.length, lost: 0, duplicated: 0, unacknowledged: 0 },
      });
    });

  it("finds a connection that was dropped under one client, and what of the others was lost", async () => {
    const pgbench = await startPgbench(order("extended", 6));
    await server.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pgbench' limit 1",
    );
    await sleep(300);
    await server.query(
      `delete from ${JOURNAL} where run = 6 and client = (select max(client) from ${JOURNAL} where run = 6) and n = 2`,
    );
    const { sent, aborted } = await pgbench.finish();
    expect([...aborted.values()]).to.deep.equal(["terminating connection due to administrator command"]);
    expect(await counted(6, sent)).to.include({ lost: 1, duplicated: 0 });
  });

  it("says by which signal it was ended before its log was whole", async () => {
    const pgbench = await startPgbench(order("simple", 10));
    pgbench.abort();
    const failure = await pgbench.finish().catch((error: unknown) => error);
    expect(String(failure)).to.match(
      /LabError: pgbench at 127.0.0.1:\d+ was ended by SIGKILL before its log was whole; next: /,
    );
  });

  it("says why it got nothing done", async () => {
    const failure = await startPgbench({ ...order("simple", 8), user: "nobody_here" }).catch((error: unknown) => error);
    expect(String(failure)).to.match(/LabError: pgbench at 127.0.0.1:\d+ got nothing done: .*nobody_here/);
  });
});
