import { containerName } from "../../../settings/names";
import { viewFrom, type HostView, pairBackup } from "../../../settings/pair";
import type { Environment } from "../../../settings/environment";
import { connectEngine, type HostEngine } from "../../hosts/engine";
import { readInContainer, runInContainer } from "../../hosts/run-in-container";
import { UserError } from "../../../settings/user-error";

const ASK = "/understudy/ask.sh";

/** The backup container of one host. */
export interface BackupContainer {
  readonly host: string;
  readonly engine: HostEngine;
  /** Asks it one question of `configs/backup/ask.sh`. @throws Error with its words when it cannot answer */
  ask(words: readonly string[], timeoutMs?: number): Promise<string>;
  /** Has it do something, once. What it prints may be lost on a busy engine. @throws Error with its words when it cannot */
  tell(words: readonly string[], timeoutMs?: number): Promise<void>;
  close(): void;
}

/** Reaches the backup container of `host`; opens nothing before the first question. */
export function openBackupContainer(environment: Environment, host: string): BackupContainer {
  const { self } = viewFrom(environment, host);
  const engine = connectEngine(self);
  return {
    host,
    engine,
    ask: (words, timeoutMs) =>
      readInContainer(engine.docker, containerName("backup"), ["sh", ASK, ...words], timeoutMs),
    tell: async (words, timeoutMs) => {
      await runInContainer(engine.docker, containerName("backup"), ["sh", ASK, ...words], timeoutMs);
    },
    close: () => engine.close(),
  };
}

/** As `openBackupContainer`, for as long as `use` takes. */
export async function withBackupContainer<T>(
  environment: Environment,
  host: string,
  use: (container: BackupContainer) => Promise<T>,
): Promise<T> {
  const container = openBackupContainer(environment, host);
  try {
    return await use(container);
  } finally {
    container.close();
  }
}

/**
 * The two hosts of a backup: whose data, and the other one, where they lie.
 * @throws UserError (exit 2) when the environment backs nothing up, or does not know the host
 */
export function backupHosts(environment: Environment, host: string): Required<HostView> & { readonly peer: object } {
  let view: HostView;
  try {
    view = viewFrom(environment, host);
  } catch (error) {
    throw new UserError((error as Error).message, "understudy status", 2);
  }
  if (view.peer === undefined || pairBackup(environment) === undefined) {
    throw new UserError(
      "nothing is backed up: backups go to another host, and the environment file declares none or has no section backup",
      "add the section backup to the environment file",
      2,
    );
  }
  return { self: view.self, peer: view.peer };
}
