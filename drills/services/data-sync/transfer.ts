import type { CarryRoute } from "../../../evidence/continuity";
import { SERVICES, type CarriedService } from "../../../settings/services";
import { bring, waitingAt, type Brought } from "./bring";
import { withList, type Carrier } from "./carrier";
import {
  digestOf,
  parseChecksums,
  parseFileList,
  surplus,
  toBeCopied,
  type FileList,
  type FileState,
} from "./file-list";
import type { Carriers } from "./route";
import { DROP, KEEP_ASIDE, LIST, PLACE, SUM, SUM_INCOMING } from "./scripts";

/** What one transfer did: files that the old primary has, and what of them had to be copied. */
export interface Transfer {
  readonly files: number;
  readonly copiedFiles: number;
  readonly copiedBytes: number;
  readonly digestBefore: string;
  readonly digestAfter: string;
  readonly route: CarryRoute;
  readonly attempts: number;
  readonly keptFiles: number;
}

/** A file that has arrived and was seen to be what was sent: as it was then, and its sha256. */
interface Proved extends FileState {
  readonly sum: string;
}

/** What was copied ahead: files that wait and are proved, by path, and how they came. */
export interface Ahead extends Brought {
  readonly proved: ReadonlyMap<string, Proved>;
}

/** Checksums by path. */
type Checksums = ReadonlyMap<string, string>;

/** So often files are brought that arrive otherwise than they were sent. */
const ROUNDS = 2;

/** Nothing was copied ahead. */
export const NOTHING_AHEAD: Ahead = { proved: new Map(), attempts: 0, keptFiles: 0 };

async function listOf(carrier: Carrier, service: CarriedService, folders: readonly string[]): Promise<FileList> {
  return parseFileList(await carrier.read(LIST, carrier.folder(service), ...folders));
}

/**
 * Copies ahead, while both services run, what never changes once it is written. It waits beside the other host's data
 * until `transfer` puts it in its place, also when this drill ends before: the next one goes on from there.
 */
export async function copyAhead(carriers: Carriers, service: CarriedService): Promise<Ahead> {
  const { from, to } = carriers;
  const { unchanging } = SERVICES[service].carried;
  const [here, there] = await Promise.all([listOf(from, service, unchanging), listOf(to, service, unchanging)]);
  return bringProved(carriers, service, here, toBeCopied(here, there));
}

/**
 * Brings a stopped service's data to the other host, where it is stopped too, and gives two digests that prove it.
 * Nothing of `from` is changed, and nothing of `to` before all of it has arrived and is what was sent.
 * @throws Error when what arrived is not what was sent
 */
export async function transfer(carriers: Carriers, service: CarriedService, ahead: Ahead): Promise<Transfer> {
  const { from, to, route } = carriers;
  const folder = to.folder(service);
  const { folders, how } = SERVICES[service].carried;
  const [here, there] = await Promise.all([listOf(from, service, folders), listOf(to, service, folders)]);
  const changed = toBeCopied(here, there);
  const { proved, attempts, keptFiles } = await bringProved(carriers, service, here, changed, ahead);
  const lacking = changed.filter((path) => !proved.has(path));
  if (lacking.length > 0) throw new Error(`${lacking.length} files did not arrive, ${lacking[0] ?? ""} among them`);
  await drop(carriers, service, surplus(proved, await waitingAt(carriers, service)));
  if (how === "replace") {
    const { script, file } = await withList(to, KEEP_ASIDE, `${service}-surplus`, surplus(here, there));
    await to.run(script, folder, file);
  }
  const after = parseFileList(await to.read(PLACE, folder, ...folders));
  const sums = new Map([...proved].map(([path, { sum }]) => [path, sum]));
  const [digestBefore, digestAfter] = [digestOf(here.keys(), here, sums), digestOf(here.keys(), after, sums)];
  if (digestBefore !== digestAfter) {
    throw new Error(`what arrived is not what was sent: digest ${digestAfter}, must be ${digestBefore}`);
  }
  return {
    files: here.size,
    copiedFiles: changed.length,
    copiedBytes: changed.reduce((sum, path) => sum + (here.get(path)?.bytes ?? 0), 0),
    digestBefore,
    digestAfter,
    route: route.told(),
    attempts: ahead.attempts + attempts,
    keptFiles: ahead.keptFiles + keptFiles,
  };
}

/**
 * Brings files, and compares the checksum of each with that on its own side: those that were proved before and are as they
 * were then are not read again. What arrived otherwise is taken away and brought anew, once.
 * @throws Error when a file arrives otherwise than it was sent again
 */
async function bringProved(
  carriers: Carriers,
  service: CarriedService,
  here: FileList,
  paths: readonly string[],
  { proved: before } = NOTHING_AHEAD,
): Promise<Ahead> {
  const proved = new Map<string, Proved>(
    paths.flatMap((path) => {
      const [one, file] = [before.get(path), here.get(path)];
      const same = one !== undefined && one.bytes === file?.bytes && one.changedAt === file.changedAt;
      return same ? [[path, one] as const] : [];
    }),
  );
  const known = proved.size;
  let brought: Brought | undefined;
  for (let round = 1; ; round += 1) {
    const { attempts, keptFiles } = await bring(carriers, service, here, paths);
    brought = { attempts: attempts + (brought?.attempts ?? 0), keptFiles: brought?.keptFiles ?? keptFiles - known };
    const { gone, otherwise } = await prove(carriers, service, here, paths, proved);
    await drop(carriers, service, [...gone, ...otherwise]);
    const [first] = otherwise;
    if (first === undefined) return { ...brought, proved };
    if (round === ROUNDS)
      throw new Error(`${otherwise.length} files arrived otherwise than they were sent, ${first} among them`);
  }
}

/** Reads the checksums of what is not proved on both sides, and adds what is the same to `proved`. */
async function prove(
  { from, to }: Carriers,
  service: CarriedService,
  here: FileList,
  paths: readonly string[],
  proved: Map<string, Proved>,
): Promise<{ readonly gone: readonly string[]; readonly otherwise: readonly string[] }> {
  const unread = paths.filter((path) => !proved.has(path));
  if (unread.length === 0) return { gone: [], otherwise: [] };
  const sums = async (carrier: Carrier, sum: string, list: string): Promise<Checksums> => {
    const { script, file } = await withList(carrier, sum, list, unread);
    return parseChecksums(await carrier.read(script, carrier.folder(service), file));
  };
  const [sent, received] = await Promise.all([
    sums(from, SUM, `${service}-sent`),
    sums(to, SUM_INCOMING, `${service}-received`),
  ]);
  for (const path of unread) {
    const [sum, file] = [sent.get(path), here.get(path)];
    if (sum !== undefined && file !== undefined && sum === received.get(path)) proved.set(path, { ...file, sum });
  }
  const arrived = unread.filter((path) => received.has(path) && !proved.has(path));
  return { gone: arrived.filter((path) => !sent.has(path)), otherwise: arrived.filter((path) => sent.has(path)) };
}

/** Takes away what has arrived and is not wanted. */
async function drop({ to }: Carriers, service: CarriedService, paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return;
  const { script, file } = await withList(to, DROP, `${service}-unwanted`, paths);
  await to.run(script, to.folder(service), file);
}
