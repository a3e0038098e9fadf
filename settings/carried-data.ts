import type { CarriedService } from "./service-promises";

/** What of a service's folder is carried, and how it joins what the other host has. */
export interface CarriedData {
  /** Folders below the service's, `.` for all of it. Written when the service has stopped. */
  readonly folders: readonly string[];
  /** Of those, the folders whose files never change once written: they can be copied while the service runs. */
  readonly unchanging: readonly string[];
  /**
   * `join`: files have names of their own and are added; what only the promoted host has stays, such as the last minutes
   * before a crash. `replace`: one database; the promoted host's former one is kept aside until the next swap.
   */
  readonly how: "join" | "replace";
}

/** The data of each carried service, in the layout of configs/. */
export const CARRIED_DATA: Readonly<Record<CarriedService, CarriedData>> = {
  // Chunks and their index; the rest is local state that Loki makes anew.
  loki: { folders: ["chunks"], unchanging: ["chunks"], how: "join" },
  // Blocks, and the write-ahead log that a stop leaves.
  tempo: { folders: ["blocks", "wal"], unchanging: ["blocks"], how: "join" },
  grafana: { folders: ["."], unchanging: [], how: "replace" },
};

/** Folders of ours in a service's volume; they are never carried themselves. */
export const OUTGOING = ".understudy-outgoing";
export const INCOMING = ".understudy-incoming";
/** Says up to when the data of a single database are those of the pair: ISO 8601, one line. */
export const SYNCED = ".understudy-synced";
export const FORMER = ".understudy-former";
