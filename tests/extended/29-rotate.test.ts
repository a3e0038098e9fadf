import { spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { expect } from "chai";
import type { RotationOutcome } from "../../operator/rotate/rotate";
import { good, untilWhole } from "../support/lab-pair";
import { EVERY_SECRET, rotationLab, waitsForClients, type RotationLab } from "../support/lab-rotation";
import { understudy } from "../support/lab-stacks";
import { temporaryFolder } from "../support/temporary-folder";

const CHECKOUT = path.resolve(__dirname, "../..");
type Name = readonly string[];
/** More steps than any exchange has. */
const MOST_STEPS = 20;

describe("the exchange of every secret, killed at each step, on the lab", function () {
  this.timeout(3_600_000);
  const folder = temporaryFolder();

  let lab: RotationLab | undefined;

  before(async () => {
    await untilWhole("host-a");
    lab = await rotationLab(folder());
  });
  after(async () => {
    await lab?.end();
    await untilWhole("host-a");
  });
  const env = (): readonly string[] => lab?.environment ?? [];

  const words = (name: Name): readonly string[] => [
    ...["rotate", ...name, ...env(), ...(waitsForClients(name) ? ["--drop-old"] : []), "--execute"],
    ...["--output-file", path.join(folder(), `${name.join("-")}.json`)],
  ];

  /** Runs the verb and kills it, and what it started, when it says that it begins a step. @returns whether it came to its end */
  async function killedAt(name: Name, step: string): Promise<boolean> {
    const child = spawn(path.join(CHECKOUT, "bin/understudy"), words(name), {
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    createInterface({ input: child.stderr }).on("line", (line) => {
      if (line === step && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    });
    return (await ended) === 0;
  }

  for (const name of EVERY_SECRET) {
    it(`${name.join(" ")}: goes on after a kill at each step, both hosts follow meanwhile, and it ends`, async () => {
      let step: string | undefined;
      for (let turn = 0; turn < MOST_STEPS; turn += 1) {
        const dry = good(await understudy("rotate", ...name, ...env(), "--output", "json"));
        const { left, later, underWay } = JSON.parse(dry.stdout) as RotationOutcome;
        const all = [...left, ...later];
        if (turn > 0 && !underWay) break;
        // Each is killed once; the one after it is reached by the next run.
        step = step === undefined ? all[0] : all.find((one) => one !== step);
        if (step === undefined || (await killedAt(name, step))) break;
        // What the killed engine has left locked.
        good(await understudy("settle", ...env(), "--execute"));
        await untilWhole("host-a");
      }
      good(await understudy(...words(name)));
      await untilWhole("host-a");
      const dry = good(await understudy("rotate", ...name, ...env(), "--output", "json"));
      expect((JSON.parse(dry.stdout) as RotationOutcome).underWay).to.equal(false);
    });
  }
});
