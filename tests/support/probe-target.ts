import { readFileSync } from "node:fs";
import { z } from "zod";
import { probeOptionsSchema } from "../../drills/probe/options";

const targetSchema = probeOptionsSchema.pick({ endpoints: true, credentials: true });

/** A running pair with its passwords, for tests that write to it. */
export type ProbeTarget = z.infer<typeof targetSchema>;

/**
 * The pair named by UNDERSTUDY_PROBE_TARGET: a JSON file with `endpoints` and `credentials`, as `startProbe` takes them.
 * @throws Error when the variable is not set or the file is not that
 */
export function readProbeTarget(): ProbeTarget {
  const file = process.env["UNDERSTUDY_PROBE_TARGET"];
  if (file === undefined) {
    throw new Error(
      "UNDERSTUDY_PROBE_TARGET is not set: it names a JSON file with the endpoints and credentials of a pair",
    );
  }
  return targetSchema.parse(JSON.parse(readFileSync(file, "utf8")));
}
