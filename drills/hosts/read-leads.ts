import type { Check } from "../../evidence/document";
import { messageOf } from "../../settings/user-error";
import { bounded } from "./bounded";
import { doorsOf, openDoor, type Doors, type OpenDoor } from "./doors";
import type { HostSessions } from "./sessions";

/** Longest that both keepers may take, their programs' start included, milliseconds. */
const ANSWER_MS = 10_000;

/** Where each door leads, or why that is not known. */
export type LeadsRead = { readonly leads: Awaited<ReturnType<Doors["leads"]>> } | { readonly unknown: string };

/** Opens a host's door, as `openDoor` unless a test has another one. */
type Opener = (host: Pick<HostSessions, "engine" | "host">) => Promise<OpenDoor>;

/** Asks both keepers where their doors lead, and tells them nothing else. Never throws. */
export async function readLeads(
  hosts: readonly [Pick<HostSessions, "engine" | "host">, Pick<HostSessions, "engine" | "host">],
  open: Opener = ({ engine, host }) => openDoor(engine.docker, host.name),
): Promise<LeadsRead> {
  const opened = await Promise.allSettled(
    hosts.map((one) => bounded(`the door of ${one.host.name}`, ANSWER_MS, open(one))),
  );
  const [first, second] = opened;
  if (first?.status !== "fulfilled" || second?.status !== "fulfilled") {
    for (const one of opened) if (one.status === "fulfilled") one.value.keeper.close();
    return { unknown: opened.flatMap((one) => (one.status === "rejected" ? [messageOf(one.reason)] : [])).join("; ") };
  }
  const doors = doorsOf([first.value, second.value]);
  try {
    return { leads: await bounded("the doors", ANSWER_MS, doors.leads()) };
  } catch (error) {
    return { unknown: messageOf(error) };
  } finally {
    doors.close();
  }
}

/** What a dry run says of doors that could not be asked: the drill itself would be refused. Pure. */
export function unknownLeads(read: LeadsRead | undefined): readonly Check[] {
  if (read === undefined || "leads" in read) return [];
  return [{ name: "both doors answer", host: null, measured: read.unknown, limit: "where they lead", ok: false }];
}
