import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import { temporaryFolder } from "../support/temporary-folder";

const LIB = path.resolve(__dirname, "../../toolchain/lib");

/** As toolchain/setup.sh: one row beside another, each of one part that takes `$1`, or `$2`, and then ends with `$3`, or `$4`. */
const SCRIPT = `set -eu
for one in say beside cache; do . "$LIB/$one.sh"; done
part() { with_clock "$1" "a while" sh -c 'echo $$ >"$1"; sleep "$2"; exit "$3"' sh "$CACHE/$1" "$2" "$3" || die "$1 failed"; }
side_row() { part side "$SIDE" "$SIDE_STATUS"; }
finish() { stop_side; close_cache; }
open_cache
trap finish EXIT
trap end_on_term TERM
beside side_row
part main "$MAIN" "$MAIN_STATUS"
join_side
say ready`;

interface Rows {
  readonly main: string;
  readonly side: string;
  readonly mainStatus?: string;
  readonly sideStatus?: string;
}

describe("the two rows of the set-up", function () {
  this.timeout(30_000);
  this.slow(6000);
  const folder = temporaryFolder();
  let number = 0;

  /** Starts the script with a cache of its own; `jobs` are the numbers of both parts' processes once they run. */
  function start({ main, side, mainStatus = "0", sideStatus = "0" }: Rows) {
    const cache = path.join(folder(), String((number += 1)));
    const env = { ...process.env, LIB, UNDERSTUDY_CACHE: cache, CACHE: cache, MAIN: main, SIDE: side };
    const child = spawn("sh", ["-c", SCRIPT], {
      env: { ...env, MAIN_STATUS: mainStatus, SIDE_STATUS: sideStatus },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const said = text(child.stderr);
    const files = ["main", "side"].map((one) => path.join(cache, one));
    const jobs = async (): Promise<number[]> => {
      const both = { deadlineMs: 5000, pauseMs: 20 };
      const read = (): string[] => files.map((file) => (existsSync(file) ? readFileSync(file, "utf8").trim() : ""));
      const { reading } = await pollUntil(
        () => Promise.resolve(read()),
        (all) => !all.includes(""),
        both,
      );
      return reading.map(Number);
    };
    const ended = once(child, "exit").then(async ([code]) => ({ code: code as number | null, said: await said }));
    return { child, jobs, ended };
  }

  const running = (pid: number): boolean => existsSync(`/proc/${pid}`);

  async function expectGone(pids: readonly number[]): Promise<void> {
    const { reading } = await pollUntil(
      () => Promise.resolve(pids.filter(running)),
      (left) => left.length === 0,
      { deadlineMs: 3000, pauseMs: 50 },
    );
    expect(reading).to.deep.equal([]);
  }

  it("are worked on side by side, and both are waited for", async () => {
    const began = performance.now();
    const { code, said } = await start({ main: "2", side: "3" }).ended;
    expect(code, said).to.equal(0);
    expect(said).to.match(/main: done in \d s[^]*side: done in \d s[^]*ready/);
    expect(performance.now() - began).to.be.within(2900, 4900);
  });

  it("end together, at once, when the one beside fails: it has said why", async () => {
    const rows = start({ main: "25", side: "1", sideStatus: "3" });
    const jobs = await rows.jobs();
    const { code, said } = await rows.ended;
    expect(code, said).to.equal(1);
    expect(said)
      .to.match(/side: failed with status 3[^]*setup: side failed/)
      .and.not.include("ready");
    await expectGone(jobs);
  });

  it("end together when the long one fails", async () => {
    const rows = start({ main: "1", side: "25", mainStatus: "4" });
    const jobs = await rows.jobs();
    const { code, said } = await rows.ended;
    expect(code, said).to.equal(1);
    expect(said).to.include("setup: main failed");
    await expectGone(jobs);
  });

  it("leave nothing running when the set-up is ended from outside", async () => {
    const rows = start({ main: "25", side: "25" });
    const jobs = await rows.jobs();
    rows.child.kill("SIGTERM");
    const { code, said } = await rows.ended;
    expect(code, said).to.equal(143);
    await expectGone(jobs);
  });
});
