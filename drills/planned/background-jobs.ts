import type { FindingsEvidence } from "../../evidence/findings";
import type { StepRecorder } from "../engine/step-recorder";
import type { Agent } from "../hosts/agent";
import { pollUntil } from "../hosts/bounded";
import type { NamedHost } from "../../settings/pair";

/** Longest that all databases of a server take to answer, milliseconds. */
const ANSWER_MS = 30_000;
/** A server that has just been promoted starts what runs its jobs; so long that is waited for, milliseconds. */
const RUN_MS = 15_000;

interface AskedHost {
  readonly host: Pick<NamedHost, "name">;
  readonly agent: Agent;
}

/** Whether the primary has jobs, by what was found on it before anything was touched. */
export function hasJobs(findings: FindingsEvidence | undefined): boolean {
  return findings?.listed.some(({ key }) => key === "background-jobs") ?? false;
}

/**
 * Ends TimescaleDB's background jobs on the old primary: what they write would lengthen its stop. A database that does not
 * answer is left to the stop, which ends its jobs too.
 * @returns the databases whose jobs rest. They run again by `letJobsRun`, when the host's agent loses its drill, and with the
 * server's next start.
 */
export async function letJobsRest({ host, agent }: AskedHost, recorder: Pick<StepRecorder, "mark">): Promise<string[]> {
  const answer = await agent.ask("jobs-rest", ANSWER_MS);
  const silent = answer.get("no-answer")?.length ?? 0;
  recorder.mark(`background jobs rest${silent === 0 ? "" : `, but for ${String(silent)} databases`}`, host.name);
  return [...(answer.get("resting") ?? [])];
}

/** Lets the jobs of a server run. @returns the databases in which they do */
export async function letJobsRun(agent: Agent): Promise<readonly string[]> {
  return (await agent.ask("jobs-run", ANSWER_MS)).get("running") ?? [];
}

/** Sees that the jobs of every database that had some run on the new primary. */
export async function requireJobs(
  rested: readonly string[],
  { host, agent }: AskedHost,
  recorder: Pick<StepRecorder, "mark" | "require">,
): Promise<void> {
  if (rested.length === 0) return;
  const missing = (running: readonly string[]): readonly string[] => rested.filter((one) => !running.includes(one));
  const { reading } = await pollUntil(
    () => letJobsRun(agent),
    (running) => missing(running).length === 0,
    { deadlineMs: RUN_MS, pauseMs: 500 },
  );
  const [ran, limit] = [rested.length - missing(reading).length, rested.length];
  recorder.require(
    [{ name: "databases with background jobs", host: host.name, measured: ran, limit, ok: ran === limit }],
    "understudy status",
  );
  recorder.mark("background jobs run", host.name);
}
