import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import type { LifecycleOutcome } from "../../operator/lifecycle/up-pair";
import { namedHosts } from "../../settings/pair";
import { good, untilWhole } from "../support/lab-pair";
import { labEnvironment, LAB_ENVIRONMENT, understudyAloud, type Finished } from "../support/lab-stacks";
import { declareEnvironment } from "../support/lab-with-backups";
import { openSuperuser } from "../support/superuser";

/** Clients may miss what a primary that stops cleanly and starts again takes, and no more. */
const OUTAGE_MS = 60_000;

describe("settings that are read at a start alone, under load", function () {
  this.timeout(1_200_000);
  // Not a temporaryFolder: the last hook writes into it once more.
  const folder = mkdtempSync(path.join(tmpdir(), "settings-"));
  const file = (): string => path.join(folder, "settings.yaml");
  const declare = (settings: object): void => {
    const lab = parse(readFileSync(LAB_ENVIRONMENT, "utf8")) as object;
    writeFileSync(file(), stringify({ ...lab, timescaledb: { settings } }));
  };
  const up = (...words: readonly string[]): Promise<Finished> =>
    understudyAloud("up", "--env-config", file(), "--execute", ...words);
  const outcome = ({ stdout }: Finished): LifecycleOutcome => JSON.parse(stdout) as LifecycleOutcome;
  const limit = async (name: string): Promise<string> => {
    const host = namedHosts(labEnvironment()).find((one) => one.name === name) ?? expect.fail(name);
    const superuser = await openSuperuser(host);
    try {
      const { rows } = await superuser.query<{ max_connections: string }>(
        "select current_setting('max_connections') as max_connections",
      );
      return rows[0]?.max_connections ?? "";
    } finally {
      await superuser.end();
    }
  };
  /** Writes on whichever host takes it, and keeps the longest time in which none did. */
  const watch = (): { end: () => Promise<{ longestMs: number; refused: number }> } => {
    const [longest, refusals] = [{ ms: 0 }, { count: 0 }];
    const load = { goes: true };
    const work = (async () => {
      let last = performance.now();
      while (load.goes) {
        const took = await Promise.any(
          namedHosts(labEnvironment()).map(async (host) => {
            const superuser = await openSuperuser(host);
            try {
              await superuser.query(
                "create table if not exists pressed (at timestamptz); insert into pressed values (now())",
              );
            } finally {
              await superuser.end();
            }
          }),
        ).then(
          () => true,
          () => false,
        );
        const now = performance.now();
        if (!took) refusals.count += 1;
        else {
          longest.ms = Math.max(longest.ms, now - last);
          last = now;
        }
      }
    })();
    return {
      end: async () => {
        load.goes = false;
        await work;
        return { longestMs: longest.ms, refused: refusals.count };
      },
    };
  };

  before(async () => {
    await untilWhole("host-a");
    declare({});
    await declareEnvironment(file());
  });
  after(async () => {
    declare({});
    await up("--restart-primary");
    await declareEnvironment(LAB_ENVIRONMENT);
    good(await understudyAloud("up", "--env-config", LAB_ENVIRONMENT, "--execute"));
    rmSync(folder, { recursive: true, force: true });
  });

  it("cost nothing on the standby, and one switchover on the primary", async () => {
    declare({ max_connections: 150 });
    const load = watch();
    const { settings } = outcome(good(await up("--output", "json")));
    const { longestMs } = await load.end();
    expect(longestMs).to.be.below(OUTAGE_MS);
    expect(settings?.done.join()).to.contain("host-b timescaledb: max_connections: started anew");
    expect(settings?.notes.join()).to.contain("understudy switchover --execute");
    expect([await limit("host-a"), await limit("host-b")]).to.deep.equal(["100", "150"]);
    good(await understudyAloud("switchover", "--env-config", file(), "--execute"));
    expect([await limit("host-a"), await limit("host-b")]).to.deep.equal(["150", "150"]);
    good(await understudyAloud("switchover", "--env-config", file(), "--execute"));
    await untilWhole("host-a");
  });

  it("that a standby must not have less of are lowered with a word alone, at what was stated", async () => {
    declare({ max_connections: 120 });
    const refused = await up();
    expect(refused.code, refused.stderr).to.equal(3);
    expect(refused.stderr).to.contain("max_connections from 150 to 120").and.to.contain("--restart-primary");
    expect([await limit("host-a"), await limit("host-b")]).to.deep.equal(["150", "150"]);
    const load = watch();
    const { settings } = outcome(good(await up("--restart-primary", "--output", "json")));
    const { longestMs } = await load.end();
    expect(settings?.failure).to.equal(null);
    expect(longestMs).to.be.below(OUTAGE_MS);
    process.stderr.write(
      `longest without a write: ${longestMs.toFixed(0)} ms; said: ${settings?.done.join("; ") ?? ""}\n`,
    );
    expect([await limit("host-a"), await limit("host-b")]).to.deep.equal(["120", "120"]);
    await untilWhole("host-a");
  });
});
