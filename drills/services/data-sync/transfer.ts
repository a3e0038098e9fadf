import { SERVICES, type CarriedService } from "../../../settings/services";
import type { Carrier } from "./carrier";
import { digestOf, parseChecksums, parseFileList, surplus, toBeCopied, type FileList } from "./file-list";
import {
  INCOMING,
  KEEP_ASIDE,
  LIST,
  LIST_INCOMING,
  OUTGOING,
  PLACE,
  PREPARE,
  STAGE,
  SUM_INCOMING,
  SUM_OUTGOING,
  UNSTAGE,
} from "./scripts";

/** What one transfer did: files that the old primary has, and what of them had to be copied. */
export interface Transfer {
  readonly files: number;
  readonly copiedFiles: number;
  readonly copiedBytes: number;
  readonly digestBefore: string;
  readonly digestAfter: string;
}

/** Checksums of what was copied, by path. */
export type Checksums = ReadonlyMap<string, string>;

/** The carriers of both hosts. */
export interface Carriers {
  readonly from: Carrier;
  readonly to: Carrier;
}

async function listOf(carrier: Carrier, service: CarriedService, folders: readonly string[]): Promise<FileList> {
  return parseFileList(await carrier.read(LIST, carrier.folder(service), ...folders));
}

/**
 * Copies ahead, while both services run, what never changes once it is written. It waits beside the other host's data
 * until `transfer` puts it in its place; what an earlier drill has left waiting is forgotten.
 */
export async function copyAhead({ from, to }: Carriers, service: CarriedService): Promise<Checksums> {
  const { unchanging } = SERVICES[service].carried;
  const [here, there] = await Promise.all([
    listOf(from, service, unchanging),
    listOf(to, service, unchanging),
    to.run(PREPARE, to.folder(service), "anew"),
  ]);
  return copy({ from, to }, service, toBeCopied(here, there));
}

/**
 * Brings a stopped service's data to the other host, where it is stopped too, and gives two digests that prove it.
 * Nothing of `from` is changed.
 * @throws Error when what arrived is not what was sent
 */
export async function transfer({ from, to }: Carriers, service: CarriedService, ahead: Checksums): Promise<Transfer> {
  const folder = to.folder(service);
  const { folders, how } = SERVICES[service].carried;
  const [here, there, waiting] = await Promise.all([
    listOf(from, service, folders),
    listOf(to, service, folders),
    to.read(LIST_INCOMING, folder).then(parseFileList),
  ]);
  const changed = new Set(toBeCopied(here, there));
  const paths = toBeCopied(here, waiting).filter((path) => changed.has(path));
  const sent = new Map([...ahead, ...(await copy({ from, to }, service, paths))]);
  if (how === "replace") {
    const list = await to.list(`${service}-surplus`, surplus(here, there));
    await to.run(KEEP_ASIDE, folder, list);
  }
  const received = parseChecksums(await to.read(SUM_INCOMING, folder));
  await to.run(PLACE, folder);
  const after = await listOf(to, service, folders);
  const [digestBefore, digestAfter] = [digestOf(here.keys(), here, sent), digestOf(here.keys(), after, received)];
  if (digestBefore !== digestAfter) {
    throw new Error(`what arrived is not what was sent: digest ${digestAfter}, must be ${digestBefore}`);
  }
  return {
    files: here.size,
    copiedFiles: changed.size,
    copiedBytes: [...changed].reduce((sum, path) => sum + (here.get(path)?.bytes ?? 0), 0),
    digestBefore,
    digestAfter,
  };
}

/** Sends the named files into the other side's waiting folder, and gives back their checksums on this side. */
async function copy({ from, to }: Carriers, service: CarriedService, paths: readonly string[]): Promise<Checksums> {
  const [folder, into] = [from.folder(service), to.folder(service)];
  if (paths.length === 0) return new Map();
  const list = await from.list(`${service}-outgoing`, paths);
  await Promise.all([from.run(STAGE, folder, list), to.run(PREPARE, into, "")]);
  try {
    const staged = await from.read(SUM_OUTGOING, folder);
    await from.copyTo(to, `${folder}/${OUTGOING}`, `${into}/${INCOMING}`);
    return parseChecksums(staged);
  } finally {
    await from.run(UNSTAGE, folder);
  }
}
