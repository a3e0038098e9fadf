import { SERVICE_NAMES, type ServiceName } from "../../../settings/services";

/**
 * What a backup container tells of beside the services: the repository, whether the write-ahead log is received, and
 * whether what is closed of it went into the repository.
 */
const OTHERS = ["repository", "archive", "log"] as const;

/** How the last attempt to back a service up ended; of the others, what `OTHERS` says. */
export interface BackupStatus {
  readonly host: string;
  readonly service: ServiceName | (typeof OTHERS)[number];
  readonly result: "ok" | "failed";
  /** When the attempt ended, and when the newest good backup was begun; epoch seconds, null when there is none. */
  readonly at: number | null;
  readonly goodAt: number | null;
  readonly reason: string | null;
}

/** What `ask.sh status` prints: `HOST.SERVICE key=value` lines, and what the container says of itself under `here`. */
export function parseStatus(text: string): {
  statuses: readonly BackupStatus[];
  freeBytes: number | null;
  /** What the container's clock said, epoch seconds. */
  now: number | null;
} {
  const values = new Map<string, Map<string, string>>();
  for (const line of text.split("\n")) {
    const [, name, key, value] = /^(\S+) (\w+)=(.*)$/.exec(line) ?? [];
    if (name === undefined || key === undefined || value === undefined) continue;
    values.set(name, (values.get(name) ?? new Map<string, string>()).set(key, value));
  }
  const number = (word: string | undefined): number | null => (word === undefined || word === "" ? null : Number(word));
  const statuses = [...values].flatMap(([name, of]): BackupStatus[] => {
    const at = name.lastIndexOf(".");
    const service = [...SERVICE_NAMES, ...OTHERS].find((one) => one === name.slice(at + 1));
    const result = of.get("result");
    if (at < 0 || service === undefined || (result !== "ok" && result !== "failed")) return [];
    return [
      {
        host: name.slice(0, at),
        service,
        result,
        at: number(of.get("at")),
        goodAt: number(of.get("good_at")),
        reason: of.get("reason") === "" ? null : (of.get("reason") ?? null),
      },
    ];
  });
  const here = values.get("here");
  return { statuses, freeBytes: number(here?.get("free")), now: number(here?.get("now")) };
}
