import { setTimeout as sleep } from "node:timers/promises";
import type { CarriedService } from "../../../settings/services";
import { messageOf } from "../../../settings/user-error";
import { withList } from "./carrier";
import { parseFileList, toBeCopied, type FileList } from "./file-list";
import { partsName, PIECE_BYTES, piecesOf, type Piece } from "./pieces";
import type { Carriers } from "./route";
import { ADD_PART, END_PARTS, LIST_INCOMING, LIST_PARTS, PACK_FILES, PACK_PART, UNPACK_FILES } from "./scripts";

/** So often in a row an attempt may bring nothing. */
const IDLE_ATTEMPTS = 2;
const PAUSE_MS = 2000;

/** How files were brought. */
export interface Brought {
  /** Attempts that it took; 0 where nothing had to come. */
  readonly attempts: number;
  /** Files that had arrived whole before, in a drill that did not come to its end. */
  readonly keptFiles: number;
}

/** What has arrived whole, and waits beside a service's data. */
export async function waitingAt({ to }: Pick<Carriers, "to">, service: CarriedService): Promise<FileList> {
  return parseFileList(await to.read(LIST_INCOMING, to.folder(service)));
}

/**
 * Brings the named files to where they wait beside the other host's data. What has arrived, in whatever attempt, does not
 * go again: size and time of the last change tell. There is no limit to the time that it takes. An attempt ends when a
 * piece does not arrive, and the next one goes on from there, on another way where this one brought nothing; it is over when
 * two in a row have brought nothing.
 * @throws Error of the last attempt
 */
export async function bring(
  carriers: Carriers,
  service: CarriedService,
  here: FileList,
  paths: readonly string[],
): Promise<Brought> {
  const wanted: FileList = new Map(
    paths.flatMap((path) => {
      const file = here.get(path);
      return file === undefined ? [] : [[path, file] as const];
    }),
  );
  if (wanted.size === 0) return { attempts: 0, keptFiles: 0 };
  let keptFiles: number | undefined;
  for (let attempts = 1, idle = 0; ; attempts += 1) {
    let arrived = 0;
    try {
      const missing = toBeCopied(wanted, await waitingAt(carriers, service));
      keptFiles ??= wanted.size - missing.length;
      if (missing.length === 0) return { attempts: attempts - 1, keptFiles };
      const large = missing.some((path) => (wanted.get(path)?.bytes ?? 0) > PIECE_BYTES);
      const parts = large ? await partsAt(carriers, service) : new Map<string, number>();
      for (const piece of piecesOf(missing, wanted, parts)) {
        await bringPiece(carriers, service, piece);
        arrived += 1;
      }
      return { attempts, keptFiles };
    } catch (error) {
      idle = arrived > 0 ? 0 : idle + 1;
      if (idle > 0 && carriers.route.leave(messageOf(error))) idle = 0;
      if (idle >= IDLE_ATTEMPTS) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

/** Bytes that have arrived of large files, by the name of their parts. */
async function partsAt({ to }: Carriers, service: CarriedService): Promise<ReadonlyMap<string, number>> {
  const parts = parseFileList(await to.read(LIST_PARTS, to.folder(service)));
  return new Map([...parts].map(([path, { bytes }]) => [path.slice("./".length), bytes]));
}

/** Pieces have names of their own: one that comes after its time must not be taken for another. */
let pieces = 0;

async function bringPiece({ from, to, route }: Carriers, service: CarriedService, piece: Piece): Promise<void> {
  const name = `piece-${service}-${(pieces += 1)}`;
  const [source, target] = [from.folder(service), to.folder(service)];
  const [packed, arrived] = [`${from.work}/${name}`, `${to.work}/${name}`];
  if (piece.kind === "files") {
    const { script, file: list } = await withList(from, PACK_FILES, `${name}.list`, piece.paths);
    await route.move(name, Number(await from.read(script, source, list, packed)));
    await to.run(UNPACK_FILES, target, arrived);
    return;
  }
  const { path, offset, bytes, file } = piece;
  const parts = partsName(path, file);
  const size = await from.read(PACK_PART, source, path, packed, String(offset), String(bytes));
  await route.move(name, Number(size));
  await to.run(ADD_PART, target, parts, arrived, String(offset));
  if (offset + bytes < file.bytes) return;
  await to.run(END_PARTS, target, parts, path, String(file.bytes), String(file.changedAt));
}
