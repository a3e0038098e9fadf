import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import { LAB_ENVIRONMENT, understudy } from "./lab-stacks";

/** Waits until `understudy status` finds every service of both hosts healthy, in its declared role. */
export async function untilAllWell(): Promise<void> {
  const { reading } = await pollUntil(
    () => understudy("status", "--env-config", LAB_ENVIRONMENT),
    ({ code }) => code === 0,
    { deadlineMs: 180_000, pauseMs: 1000 },
  );
  expect(reading.code, reading.stdout + reading.stderr).to.equal(0);
}
