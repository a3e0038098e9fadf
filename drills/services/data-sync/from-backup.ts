import type { Credentials } from "../../../settings/credentials";
import type { Environment } from "../../../settings/environment";
import { SERVICES, type CarriedService } from "../../../settings/services";
import { chooseBackup, isOfTheFuture, type Backup } from "../backup/backups";
import { compareContent, type Get } from "../backup/content/content";
import { ownRecord, ownRestored } from "../backup/own-proof";
import { comparedUntil, stretchTo, tracesIn } from "../backup/restored-content";
import type { Scratch } from "../backup/scratch";
import type { ScratchService } from "../backup/scratch-place";
import { pollUntil } from "../../hosts/bounded";
import { send } from "../../hosts/http";
import type { NotCarried, ServiceCarry, ServiceCount, ServiceRestore } from "../../../evidence/continuity";
import type { HostSessions } from "../../hosts/sessions";
import { messageOf } from "../../../settings/user-error";
import { carriedUnits, continuedUnits, countUnits, type Looked } from "./carried-units";
import { startLocalCarriers } from "./local-carriers";
import { awaitService, startService, stopService } from "./stop-service";
import { noteSynced, readSynced } from "./carry-over";
import type { Carriers } from "./route";
import { copyAhead, transfer } from "./transfer";

const SHOWN_MS = 20_000;
const FOUND_MS = 30_000;
const ASK_AGAIN_MS = 500;
const HTTP_MS = 30_000;

/** What one service of the promoted host continues from. */
export interface FromBackup {
  /** The promoted host. */
  readonly to: Pick<HostSessions, "host" | "engine">;
  readonly environment: Environment;
  readonly credentials: Pick<Credentials, "grafana">;
  readonly scratch: Scratch;
  /** When the backups were looked for, epoch milliseconds. */
  readonly readAt: number;
  /** The drill's clock, milliseconds. */
  readonly now: () => number;
}

/** How it ended. */
export interface Continued {
  readonly service: CarriedService;
  readonly restore: ServiceRestore | null;
  readonly carried: ServiceCarry | null;
  readonly notCarried: NotCarried | null;
  readonly counted: readonly ServiceCount[];
}

/** A service that continues with what the promoted host had itself. */
export function withOwnData(
  service: CarriedService,
  why: NotCarried["why"],
  detail: string,
  ownDataUntil: string | null = null,
): Continued {
  return { service, restore: null, carried: null, notCarried: { why, detail, ownDataUntil }, counted: [] };
}

/**
 * Why the promoted host's own data are kept; undefined when the backup's take their place. Pure. Loki and Tempo join both.
 * Of a single database one of the two is used: the newer one.
 * @param ownDataUntil up to when the host's own data are the pair's, ISO 8601; null: they never were. A time in the
 * future proves nothing.
 */
export function keepsOwnData(
  service: CarriedService,
  { at }: Pick<Backup, "at">,
  ownDataUntil: string | null,
  now = Date.now(),
): string | undefined {
  if (SERVICES[service].carried.how === "join" || ownDataUntil === null || at >= ownDataUntil) return undefined;
  if (isOfTheFuture({ at: ownDataUntil }, now)) return undefined;
  return `the newest backup, of ${at}, is older than the host's own data, which go to ${ownDataUntil}: these are kept`;
}

/**
 * Lets a service of the promoted host continue with the newest backup of the dead primary's, which lies on the same host: it
 * is restored into a scratch network and seen to answer there; only then is the service stopped, and started again on
 * both. What goes wrong is a result; the service is started as it was.
 */
export async function continueFromBackup(service: CarriedService, source: FromBackup): Promise<Continued> {
  const { scratch, readAt, to } = source;
  const backup = chooseBackup(scratch.backups, service);
  if (backup === undefined) return withOwnData(service, "no-backup-yet", `${scratch.host} has no backup of ${service}`);
  let [restore, ownDataUntil, carriers]: [ServiceRestore | null, string | null, Carriers | undefined] = [
    null,
    null,
    undefined,
  ];
  try {
    carriers = await startLocalCarriers(to, service, scratch.volumeOf(service));
    ownDataUntil = await readSynced(carriers.to, service);
    const keeps = keepsOwnData(service, backup, ownDataUntil);
    if (keeps !== undefined) return withOwnData(service, "own-data-newer", keeps, ownDataUntil);
    const began = performance.now();
    const restored = await scratch.restore(service);
    const get = await scratchReader(service, restored, source);
    restore = { ...(await ownComparison(service, backup, get)), durationMs: Math.round(performance.now() - began) };
    if (restore.outcome !== "equal") throw new Error(restore.reason ?? "the backup is not what it says");
    const looked: Looked = {
      stretch: stretchTo(comparedUntil(backup, readAt)),
      traces: tracesIn(backup, scratch.backups),
    };
    const inBackup = await carriedUnits(service, get, looked);
    await restored.rest();
    const carried = await place(service, backup, carriers, source);
    const counted = await countFound(service, inBackup, looked, source);
    return { service, restore, carried, notCarried: null, counted: [counted] };
  } catch (error) {
    return { ...withOwnData(service, "failed", messageOf(error) || "no reason was told", ownDataUntil), restore };
  } finally {
    await carriers?.to.remove();
  }
}

/** Whose password the user `admin` has who reads a service; null: everybody may. */
const READER: Readonly<Record<CarriedService, keyof FromBackup["credentials"] | null>> = {
  loki: null,
  tempo: null,
  grafana: "grafana",
};

async function scratchReader(
  service: CarriedService,
  { http, login }: ScratchService,
  { credentials }: FromBackup,
): Promise<Get> {
  const reader = READER[service];
  return reader === null ? http : login(credentials[reader]);
}

/** A service that has just begun may not show everything at once. */
async function ownComparison(
  service: CarriedService,
  backup: Backup,
  get: Get,
): Promise<ReturnType<typeof compareContent>> {
  const { reading } = await pollUntil(
    async () => compareContent(ownRecord(service, backup), await ownRestored(service, backup, get)),
    ({ outcome }) => outcome === "equal",
    { deadlineMs: SHOWN_MS, pauseMs: ASK_AGAIN_MS },
  );
  return reading;
}

/** Puts the restored data beside, or in the place of, the service's own while it is stopped. */
async function place(
  service: CarriedService,
  { begunAt }: Backup,
  carriers: Carriers,
  { to, environment, readAt, now }: FromBackup,
): Promise<ServiceCarry> {
  const ahead = await copyAhead(carriers, service);
  const stoppedAtMs = now();
  try {
    await stopService(to, service, environment);
    const done = await transfer(carriers, service, ahead);
    if (begunAt !== null) await noteSynced(carriers.to, service, begunAt);
    await startService(to, service);
    await awaitService(to, service, environment);
    const ageSeconds = begunAt === null ? 0 : Math.max(0, (readAt - Date.parse(begunAt)) / 1000);
    return { how: "newest-backup", ageSeconds, completeUntil: begunAt, ...done, stoppedAtMs, answeredAtMs: now() };
  } finally {
    await startService(to, service);
  }
}

/** What cannot be read is unknown; what is not there yet may come within a moment. */
async function countFound(
  service: CarriedService,
  inBackup: readonly string[],
  looked: Looked,
  { to, environment: { ports }, credentials }: FromBackup,
): Promise<ServiceCount> {
  const port = ports[SERVICES[service].ports[0].key];
  const reader = READER[service];
  const basic = reader && Buffer.from(`admin:${credentials[reader]}`).toString("base64");
  const headers = basic === null ? {} : { authorization: `Basic ${basic}` };
  const get: Get = (path) => send({ host: to.host, port, path, headers, timeoutMs: HTTP_MS });
  const { reading } = await pollUntil(
    async () => countUnits(service, inBackup, await continuedUnits(service, get, looked).catch(() => undefined)),
    ({ counts }) => counts.missing === 0,
    { deadlineMs: FOUND_MS, pauseMs: ASK_AGAIN_MS },
  );
  return reading;
}
