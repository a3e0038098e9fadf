import { expect } from "chai";
import { setTimeout as sleep } from "node:timers/promises";
import { connectEngine } from "../../drills/hosts/engine";
import { runInContainer } from "../../drills/hosts/run-in-container";
import { labHeal } from "../../lab/faults/heal";
import { strikeFault } from "../../lab/faults/strike";
import { containerName } from "../../settings/names";
import { viewFrom } from "../../settings/pair";
import { LAB_ENVIRONMENT, labEnvironment, understudy } from "../support/lab-stacks";
import { good, untilWhole } from "../support/lab-pair";

const quiet = (): void => undefined;

/** Longest that a checkpoint may take, and how long they are watched after the cut, milliseconds. */
const CHECKPOINT_MS = 20_000;
const WATCHED_MS = 60_000;
/** Limits of the write-ahead log in this story, and what the log may grow to with a load that goes on meanwhile, MiB. */
const LIMIT_MIB = 32;
const WAL_MIB = 12 * LIMIT_MIB;

describe("a line between the hosts that is cut under load, with the slot's limit reached", function () {
  this.timeout(900_000);
  let loading = true;
  let load: Promise<unknown> = Promise.resolve();

  function onPrimary(sql: string): Promise<string> {
    const engine = connectEngine(viewFrom(labEnvironment(), "host-a").self);
    const query = ["psql", "-h", "/var/run/postgresql", "-U", "postgres", "-d", "understudy", "-Atc", sql];
    return runInContainer(engine.docker, containerName("timescaledb"), query).finally(() => engine.close());
  }

  async function writeOn(): Promise<void> {
    while (loading) {
      await onPrimary("insert into theirs select n, repeat('x', 200) from generate_series(1, 20000) n");
      await sleep(100);
    }
  }

  before(async () => {
    await untilWhole("host-a");
    await onPrimary("create table theirs (number int, padding text)");
    for (const setting of ["max_slot_wal_keep_size", "max_wal_size", "wal_keep_size"])
      await onPrimary(`alter system set ${setting} = '${LIMIT_MIB}MB'`);
    await onPrimary("select pg_reload_conf()");
    load = writeOn();
  });

  after(async () => {
    loading = false;
    await load.catch(quiet);
    await labHeal(quiet);
    await onPrimary("drop table theirs");
    for (const setting of ["max_slot_wal_keep_size", "max_wal_size", "wal_keep_size"])
      await onPrimary(`alter system reset ${setting}`);
    await onPrimary("select pg_reload_conf()");
  });

  it("holds no checkpoint up for longer than 20 s, and the write-ahead log stays bounded", async () => {
    await strikeFault("cut-hosts", undefined, quiet);
    const end = performance.now() + WATCHED_MS;
    let [longestMs, mostMib] = [0, 0];
    while (performance.now() < end) {
      const began = performance.now();
      await onPrimary("checkpoint");
      longestMs = Math.max(longestMs, performance.now() - began);
      mostMib = Math.max(mostMib, Number(await onPrimary("select sum(size) / 1048576 from pg_ls_waldir()")));
    }
    expect(
      await onPrimary("select wal_status from pg_replication_slots where slot_name = 'understudy_host_b'"),
    ).to.match(/lost|unreserved/);
    expect(longestMs).to.be.below(CHECKPOINT_MS);
    expect(mostMib).to.be.below(WAL_MIB);
  });

  it("leaves a standby that a rejoin brings back when the line is whole", async () => {
    loading = false;
    await load;
    await labHeal(quiet);
    good(await understudy("rejoin", "host-b", "--env-config", LAB_ENVIRONMENT, "--execute"));
    await untilWhole("host-a");
  });
});
