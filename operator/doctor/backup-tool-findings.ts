import { connectEngine } from "../../drills/hosts/engine";
import { REDIS_WRITES } from "../../drills/hosts/image-fit";
import { readInContainer } from "../../drills/hosts/run-in-container";
import { BACKUP_TOOLS, parseBackupTools, type BackupTools } from "../../drills/services/backup/backup-tools";
import type { Environment } from "../../settings/environment";
import { containerName } from "../../settings/names";
import type { NamedHost } from "../../settings/pair";
import type { ContainerName } from "../../settings/services";
import { good, problem, type Finding } from "./finding";

const CHECK = "backup tools";
const PAGE = "docs/VERSIONS.md, tools of the backups";

/** What the stores of a host are, as their servers say. */
export interface BackedUpServers {
  /** Major version of PostgreSQL; null where it does not say. */
  readonly postgres: number | null;
  /** What begins the data that Redis writes, such as `REDIS0011`; empty where it does not say. */
  readonly form: string;
}

/** Whether the tools of a host's backups fit its servers, which are the other host's too; nothing without backups. */
export async function backupToolFindings(host: NamedHost, environment: Environment): Promise<readonly Finding[]> {
  const { backup } = environment;
  if (backup === undefined) return [];
  const engine = connectEngine(host);
  const ask = (container: ContainerName, ...words: string[]): Promise<string> =>
    readInContainer(engine.docker, containerName(container), words);
  try {
    const [postgres, form] = await Promise.all([
      ask("timescaledb", "postgres", "--version").catch(() => ""),
      ask("redis", "sh", "-c", REDIS_WRITES).catch(() => ""),
    ]);
    const servers: BackedUpServers = {
      postgres: Number(/PostgreSQL\) (\d+)/.exec(postgres)?.[1] ?? 0) || null,
      form: /^[A-Z]+\d+$/.exec(form.trim())?.[0] ?? "",
    };
    const tools = parseBackupTools(await ask("backup", "sh", "-c", BACKUP_TOOLS, "sh", servers.form));
    return toolFindings(host.name, backup.image, servers, tools);
  } catch {
    // A container that does not answer is another finding's.
    return [];
  } finally {
    engine.close();
  }
}

/** What is said of the tools; nothing where neither side says what it is. Pure. */
export function toolFindings(
  host: string,
  image: string,
  { postgres, form }: BackedUpServers,
  tools: BackupTools,
): readonly Finding[] {
  const problems: Finding[] = [];
  if (postgres !== null && tools.postgres !== null && tools.postgres < postgres) {
    const base = postgres <= 17 ? "debian:13-slim" : "debian:sid-slim";
    problems.push(
      problem(
        CHECK,
        host,
        `${image} has PostgreSQL ${tools.postgres}'s client, which neither receives the log of PostgreSQL ${postgres} nor takes a base backup of it`,
        `docker build --build-arg BASE=${base} --build-arg POSTGRES=${postgres} -t NAME lab/images/backup, then NAME as backup.image and understudy up --execute`,
      ),
    );
  }
  if (tools.readsForm === false) {
    problems.push(
      problem(
        CHECK,
        host,
        `redis-check-rdb in ${image} does not read ${form}, which Redis here writes: no backup of it counts`,
        `give the image the redis-check-rdb of the server's version (${PAGE}), then understudy up --execute`,
      ),
    );
  }
  if (problems.length > 0) return problems;
  const fits = [
    ...(postgres === null || tools.postgres === null ? [] : [`PostgreSQL ${postgres}`]),
    ...(tools.readsForm === true ? [form] : []),
  ];
  return fits.length === 0 ? [] : [good(CHECK, host, `the tools fit ${fits.join(" and ")}`)];
}
