import { announce, type OpenReceivers } from "../notify/announce";
import { drillMessage } from "../notify/message";
import { openReceivers } from "../notify/open-receivers";
import type { OpenReceiver } from "../notify/send";
import { silenceAlerts } from "../notify/silences";
import { runFailover, type FailoverWatch } from "../failover/failover";
import { sendTraces } from "../traces/send-traces";
import { doorOf } from "../traces/trace-drill";
import type { RunFailover } from "./drill-part";
import { partRecord, writeRecord, type DrillRecord } from "./drill-record";
import { exitCodeOfParts, runDrill, type DrillOptions } from "./run-drill";
import { traceParts } from "./trace-parts";

/** What a drill touches beside the pair's stacks; tests give others. */
export interface DrillEdges {
  readonly run: RunFailover;
  readonly now: () => Date;
  readonly silence: typeof silenceAlerts;
  readonly open: OpenReceivers;
  readonly announce: typeof announce;
  readonly sendTraces: typeof sendTraces;
}

const REAL: DrillEdges = {
  run: runFailover,
  now: () => new Date(),
  silence: silenceAlerts,
  open: openReceivers,
  announce,
  sendTraces,
};

/** A drill that was conducted: its record, and the file that it was written to. */
export interface ConductedDrill {
  readonly record: DrillRecord;
  readonly file: string;
}

/**
 * A drill from its begin to its record and its announcement, which both come also when the drill fails. The record is
 * there from the begin on: one without an end is of a drill that is under way, or was killed. Whom it cannot be announced
 * to is in the record, and changes no verdict. Last its traces go to Tempo, or wait on disk.
 * @throws UserError when the record cannot be written before anything was done
 */
export async function conductDrill(
  options: DrillOptions & { readonly scheduled: boolean },
  watch: FailoverWatch,
  edges: Partial<DrillEdges> = {},
): Promise<ConductedDrill> {
  const world = { ...REAL, ...edges };
  const { id, environment, execute, scheduled, outputDir } = options;
  const begun: DrillRecord = {
    version: 1,
    ...{ id, environment: environment.name, execute, scheduled },
    startedAt: world.now().toISOString(),
    finishedAt: null,
    exitCode: null,
    parts: [],
    announced: [],
  };
  const file = await writeRecord(outputDir, begun);
  // Whatever becomes of the stacks: a drill that fails for them is told of as well.
  const early = environment.notify && world.open(environment).catch(() => undefined);
  const quiet = quietly(options, watch, world);
  const parts = await runDrill(options, watch, quiet.run).finally(quiet.end);
  const ended: DrillRecord = {
    ...begun,
    finishedAt: world.now().toISOString(),
    exitCode: exitCodeOfParts(parts),
    parts: parts.map(partRecord),
  };
  // First without: whoever kills this process now does not take the verdict with it.
  await writeRecord(outputDir, ended);
  const say = (words: string): void => watch.phase?.(words);
  // A dry run alone changes nothing, in Tempo too.
  const primary = ended.execute ? await traceParts(parts, ended, options, say) : undefined;
  const record = await announced(ended, options, watch, world, early);
  if (ended.execute) await world.sendTraces(outputDir, doorOf(environment, primary), say);
  return { record, file };
}

async function announced(
  ended: DrillRecord,
  { environment, outputDir }: DrillOptions,
  watch: FailoverWatch,
  world: DrillEdges,
  early: Promise<readonly OpenReceiver[] | undefined> | undefined,
): Promise<DrillRecord> {
  if (environment.notify === undefined) return ended;
  watch.phase?.("telling the receivers of the environment file");
  const told = await world.announce(
    environment,
    drillMessage(ended, environment.notify.reports_url),
    async () => (await early) ?? world.open(environment),
  );
  for (const { receiver, ok, detail } of told)
    if (!ok)
      watch.phase?.(`WARNING: ${receiver} was not told of this drill: ${detail}; next: understudy notify --test`);
  const record = { ...ended, announced: [...told] };
  await writeRecord(outputDir, record);
  return record;
}

/** Silences alerts from before the first exchange of the roles on; `end` ends that. */
function quietly(
  { environment, id }: DrillOptions,
  watch: FailoverWatch,
  { run, silence, now }: DrillEdges,
): { readonly run: RunFailover; readonly end: () => Promise<void> } {
  let end: (() => Promise<void>) | undefined;
  return {
    run: async (options, its) => {
      if (options.drill.mode === "execute")
        end ??= await silence(environment, id, now(), (words) => watch.phase?.(words));
      return run(options, its);
    },
    end: async () => end?.(),
  };
}
