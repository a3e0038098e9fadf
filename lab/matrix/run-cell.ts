import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { bounded } from "../../drills/hosts/bounded";
import type { EvidenceDocument } from "../../evidence/document";
import { messageOf } from "../../settings/user-error";
import { seconds, type Progress } from "../host/progress";
import { machineMs } from "../watch/attempt";
import { userTls } from "../watch/user-data";
import { startWatch, type Watch } from "../watch/watcher";
import type { LabPair } from "../host/lab-pair";
import { LAB_HOSTS } from "../host/layout";
import { readContainers } from "./containers";
import { absenceAfter, type CellRecord } from "./record";
import type { Cell } from "./cell";
import { startCellProbe, type Lost } from "./count-lost";
import { clientsOf } from "./clients-of-cell";
import { startDoorClients, userMayWrite, type DoorClients, type EndedLoad } from "./door-clients";
import { BACK_WITHIN_MS } from "./door-figures";
import { doorsUp } from "./doors-up";
import { startDrill, type DrillProcess } from "./drill-process";
import { evidenceOf, type EvidenceSeen } from "./evidence-of-cell";
import { awaitMoment } from "./moment";
import { takeChangeBack } from "./operator-faults";
import { operatorsDesk } from "./operators-desk";
import { deviations, outcomeOf, type Measured } from "./outcome";
import { readyPair, type PairRoles } from "../host/pair-care";
import { runAgain } from "./second-run";
import { settle, type Settled } from "./settle";
import { doStrike, endsRun } from "./strike-cell";
import { userRowsOf } from "./user-rows-of-cell";
import type { StoreName } from "../../settings/services";

/** Longest a drill may take, milliseconds; after that it hangs, and is killed. */
const DRILL_MS = 480_000;
/** So much longer than clients may be away they are looked at, so that one that stays away is seen to, milliseconds. */
const LOOK_ON_MS = 1_000;

/** What is known of a cell so far; a cell that breaks off keeps what it had. */
interface Course {
  roles: PairRoles | undefined;
  encrypted: boolean | undefined;
  struckMs: number | undefined;
  evidence: EvidenceSeen;
  settled: Settled | undefined;
  lost: Lost;
  userRows: Measured["userRows"];
  /** Clients that came through the doors, and what was seen of them. */
  loads: readonly EndedLoad[] | undefined;
  clients: Measured["clients"];
  /** The environment file that the operator works with; undefined while it is the pair's own. */
  envConfig: string | undefined;
  trouble: string | undefined;
}

/** Runs one cell from a healthy pair to a pair that stands again. Never throws: what went wrong is in the record. */
export async function runCell(pair: LabPair, cell: Cell, drillId: string, progress: Progress): Promise<CellRecord> {
  const began = performance.now();
  const startedAt = new Date().toISOString();
  const loadAverage = Math.round((loadavg()[0] ?? 0) * 100) / 100;
  const course: Course = {
    roles: undefined,
    encrypted: undefined,
    struckMs: undefined,
    evidence: { document: null, verdict: "none", detail: null },
    settled: undefined,
    lost: { timescaledb: null, redis: null },
    userRows: undefined,
    loads: undefined,
    clients: undefined,
    envConfig: undefined,
    trouble: undefined,
  };
  const folder = await mkdtemp(path.join(tmpdir(), "understudy-matrix-"));
  let watch: Watch | undefined;
  let clients: DoorClients | undefined;
  const { environment: file } = cell;
  const anew = file === undefined ? undefined : () => doorsUp(pair, file, progress);
  try {
    course.roles = await readyPair(pair, progress, anew);
    const { environment } = pair;
    const credentials = await pair.credentials();
    course.encrypted = userTls(environment, credentials) !== undefined;
    const probe = await startCellProbe(environment, credentials, {
      label: `cell-${drillId}`,
      socket: `${folder}/probe`,
    });
    watch = await startWatch(environment, credentials);
    try {
      if (file !== undefined) {
        await userMayWrite(environment, true);
        clients = await startDoorClients(environment, credentials, `${drillId}/doors`);
      }
      await runDrill(pair, cell, { drillId, folder, socket: probe.socket, watch, clients }, course, progress);
    } finally {
      await clients?.abort();
      course.lost = await probe.count(course.settled?.primaryNow ?? null, course.evidence.document);
    }
  } catch (error) {
    course.trouble = messageOf(error);
  }
  const report = (await watch?.stop().catch(() => undefined)) ?? null;
  if (watch !== undefined) {
    const { settled, evidence } = course;
    const primary = settled?.primaryNow ?? null;
    const end = { primary, document: evidence.document, folder };
    course.userRows = await userRowsOf(pair, watch, end);
    if (course.loads !== undefined)
      course.clients = await clientsOf(course.loads, watch, { ...end, struckMs: course.struckMs });
  }
  if (course.envConfig !== undefined)
    await takeChangeBack(pair, progress).catch((error: unknown) => progress(messageOf(error)));
  await rm(folder, { recursive: true, force: true });
  const measured = measuredOf(cell, course, report);
  const { roles, encrypted, struckMs, evidence, settled } = course;
  return {
    ...cell,
    ...measured,
    drillId,
    startedAt,
    seconds: Math.round((performance.now() - began) / 100) / 10,
    loadAverage,
    ...(encrypted === undefined ? {} : { encrypted }),
    from: roles?.primary.name ?? null,
    to: roles?.standby.name ?? null,
    evidenceDetail: evidence.detail,
    absence: { timescaledb: absence(watch, "timescaledb", struckMs), redis: absence(watch, "redis", struckMs) },
    settledBy: settled?.by ?? [],
    stop: evidence.document?.postgres.stop ?? null,
    watch: report,
    deviations: deviations(cell, measured),
  };
}

interface Around {
  readonly drillId: string;
  readonly folder: string;
  readonly socket: string;
  readonly watch: Watch;
  readonly clients: DoorClients | undefined;
}

async function runDrill(
  pair: LabPair,
  cell: Cell,
  { drillId, folder, socket, watch, clients }: Around,
  course: Course,
  progress: Progress,
): Promise<void> {
  const { roles } = course;
  if (roles === undefined) return;
  const { primary, standby } = roles;
  const { environment } = pair;
  const credentials = await pair.credentials();
  const onEnvConfig = (file: string): void => void (course.envConfig = file);
  const field = { pair, folder, onEnvConfig, primary, standby };
  const strike = async (drill: DrillProcess | undefined): Promise<void> => {
    await doStrike(cell.strike, { ...field, drill }, progress);
    course.struckMs = machineMs();
  };
  const before = await readContainers();
  for (const one of cell.given) await doStrike(one, { ...field, drill: undefined }, progress);
  if (cell.moment === "before") await strike(undefined);
  // Those of a host that is off now are as they were.
  const containers = new Map([...before, ...(await readContainers())]);
  const outputFile = path.join(folder, "cell.env");
  const unplanned = cell.kind === "unplanned" ? ["--unplanned", "--standing-probe", socket] : [];
  const words = ["--execute", "--drill-id", drillId, "--output-file", outputFile, ...unplanned, ...cell.flags];
  const envConfig = (): string | undefined => course.envConfig ?? cell.environment;
  const drill = startDrill(words, envConfig());
  try {
    if (cell.moment !== "before") {
      const there = await awaitMoment(cell, { environment, credentials, drillId, drill, from: primary, to: standby });
      if (there !== undefined) await strike(drill).finally(there.goOn);
    }
    await bounded("the drill", DRILL_MS, drill.ended);
  } catch (error) {
    drill.killAll();
    await pair.unlock();
    course.trouble = messageOf(error);
  }
  if (endsRun(cell.strike) && course.struckMs !== undefined) {
    const problem = await runAgain(pair, { drillId, to: standby.name, outputFile });
    drill.endPlugins();
    progress(`the same drill again: ${problem ?? "done"}`);
    await pair.unlock();
  }
  if (clients !== undefined) {
    // The fault is still there: whoever is not back by then stays away because of it.
    await sleep(BACK_WITHIN_MS + LOOK_ON_MS);
    course.loads = await clients.finish();
  }
  const { kind, expected } = cell;
  course.evidence = await evidenceOf(outputFile, { drillId, kind, lostAtMost: expected.lostAtMost }, environment);
  if (course.evidence.document === null) progress(`no evidence; the drill's last words: ${lastLine(drill.said())}`);
  const promoted = course.evidence.document?.unplanned?.unprotectedSince != null;
  const desk = operatorsDesk(pair, folder, envConfig());
  // A run that was killed has said nothing of what it left; the run after it is the one that was advised.
  const said = endsRun(cell.strike) ? "" : drill.said();
  course.settled = await settle(
    pair,
    { roles, watch, promoted, said, containers, desk, envConfig: envConfig() },
    progress,
  );
}

function lastLine(text: string): string {
  return text.trim().split("\n").slice(-2).join(" / ");
}

function absence(
  watch: Watch | undefined,
  store: StoreName,
  struckMs: number | undefined,
): CellRecord["absence"]["redis"] {
  if (watch === undefined || struckMs === undefined) return null;
  return absenceAfter(
    LAB_HOSTS.flatMap((host) => watch.tries(host.name, store)),
    struckMs,
  );
}

/** Whether the drill had stopped, or fenced, a store of the old primary. */
function touchedBy(document: EvidenceDocument | null): boolean {
  if (document === null) return false;
  return (
    document.fences.length > 0 || document.steps.some((step) => step.marks.some((mark) => mark.name === "stop begins"))
  );
}

function measuredOf(
  cell: Cell,
  { roles, struckMs, evidence, settled, lost, userRows, clients, trouble }: Course,
  report: CellRecord["watch"],
): Measured {
  const struck = struckMs !== undefined;
  const seen =
    roles !== undefined && settled !== undefined
      ? { from: roles.primary.name, to: roles.standby.name, ...settled }
      : undefined;
  const touched = (struck && cell.moment === "in-the-cut") || touchedBy(evidence.document);
  return {
    struck,
    outcome: (seen && outcomeOf({ ...seen, touched })) ?? null,
    evidence: evidence.verdict,
    lost,
    twoWriterMs: { timescaledb: report?.timescaledb.twoWriterMs ?? null, redis: report?.redis.twoWriterMs ?? null },
    ...(userRows === undefined ? {} : { userRows }),
    ...(clients === undefined ? {} : { clients }),
    ...(settled === undefined ? {} : { advice: settled.advice, replaced: settled.replaced }),
    trouble: trouble ?? null,
  };
}

/** One cell in one line, for whoever waits. */
export function cellLine(record: CellRecord): string {
  const { id, outcome, evidence, lost, userRows, deviations: wrong, seconds: took } = record;
  const verdict = wrong.length === 0 ? "as expected" : `DEVIATES: ${wrong.join("; ")}`;
  const rows = `${userRows?.timescaledb.missing ?? "?"}/${userRows?.redis.missing ?? "?"}`;
  return `${id}: ${outcome ?? "no outcome"}, evidence ${evidence}, lost ${lost.timescaledb ?? "?"}/${lost.redis ?? "?"}, of a user's rows ${rows}, ${seconds(took * 1000)}: ${verdict}`;
}
