import { expect } from "chai";
import type { WatchReport } from "../../lab/watch/report";
import { startWatch, type Watch } from "../../lab/watch/watcher";
import { STORE_NAMES } from "../../settings/services";
import { labCredentials, labEnvironment } from "./lab-stacks";

/** Starts a watcher that writes to both stores of both hosts every 20 ms. */
export async function watching(): Promise<Watch> {
  return startWatch(labEnvironment(), await labCredentials());
}

/** Fails when both hosts took writes of one store at one time. */
export function expectNeverTwo(report: WatchReport): void {
  for (const store of STORE_NAMES) {
    expect(report[store].overlaps, store).to.deep.equal([]);
    expect(report[store].twoWriterMs, store).to.equal(0);
  }
}
