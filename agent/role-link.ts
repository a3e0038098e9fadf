import { mkdir, readdir, rename, rm, symlink } from "node:fs/promises";
import path from "node:path";
import { ENGINE_LOGS } from "../settings/logs";
import { STORE_NAMES } from "../settings/services";
import { said } from "./fresh";
import type { ServerSight, Sight } from "./sight";

/** What a host is, as a label of its log lines. */
export type HostRole = "primary" | "standby" | "unknown";

/** The role that both stores have; unknown where one does not say, or they differ. Pure. */
export function hostRole(sight: Sight, nowMs: number): HostRole {
  const roles = new Set(STORE_NAMES.map((store) => said<ServerSight>(sight[store].server, nowMs)?.role ?? "unknown"));
  const [role = "unknown"] = roles;
  return roles.size === 1 ? role : "unknown";
}

/**
 * The one link in a folder, named after the role, through which the Collector reads the engine's logs. A rename is one act:
 * there is one name at any moment, and none before the first.
 */
export class RoleLink {
  #now: HostRole | undefined;

  /** @param target where the engine's logs are for whoever reads through the link */
  constructor(
    readonly folder: string,
    readonly target = ENGINE_LOGS,
  ) {}

  /** Makes the link say this role; nothing where it does. @throws Error of the file system, and then the next call tries again */
  async say(role: HostRole): Promise<void> {
    if (role === this.#now) return;
    await mkdir(this.folder, { recursive: true });
    const [former, ...more] = await readdir(this.folder);
    for (const name of more) await rm(path.join(this.folder, name), { force: true });
    if (former === undefined) await symlink(this.target, path.join(this.folder, role));
    else if (former !== role) await rename(path.join(this.folder, former), path.join(this.folder, role));
    this.#now = role;
  }
}
