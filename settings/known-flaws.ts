/** A critical flaw of a server that an earlier release of this program named as its image. */
export interface KnownFlaw {
  /** What people look it up by. */
  readonly name: string;
  /** What it lets whom do. */
  readonly what: string;
  /** The first version without it, by the two numbers that begin a line of releases. */
  readonly fixedIn: Readonly<Record<string, string>>;
  /** Where the versions are from. */
  readonly source: string;
}

/** Flaws of Redis. Debian's packages carry such fixes without another version: its line 7.0 is left out for that reason. */
export const REDIS_FLAWS: readonly KnownFlaw[] = [
  {
    name: "CVE-2025-49844",
    what: "CVSS 10.0: whoever may run a script runs code on the host's account of Redis",
    fixedIn: { "6.2": "6.2.20", "7.2": "7.2.11", "7.4": "7.4.6", "8.0": "8.0.4", "8.2": "8.2.2" },
    source: "Redis' security advisory of 2025-10-03",
  },
  {
    name: "Redis' urgent releases of 2026-07-24",
    what: "flaws that may let a client run code on the host's account of Redis",
    fixedIn: {
      "6.2": "6.2.23",
      "7.2": "7.2.15",
      "7.4": "7.4.10",
      "8.2": "8.2.8",
      "8.4": "8.4.5",
      "8.6": "8.6.5",
      "8.8": "8.8.1",
    },
    source: "docker-library/official-images, pull request 21922",
  },
];

/** Flaws of Grafana. Versions such as 11.1.6+security-01 have fixes too, and do not say so by their three numbers. */
export const GRAFANA_FLAWS: readonly KnownFlaw[] = [
  {
    name: "CVE-2024-9264",
    what: "CVSS 9.9: whoever may view runs commands and reads files where a program duckdb is installed, which upstream's image lacks",
    fixedIn: { "11.0": "11.0.6", "11.1": "11.1.7", "11.2": "11.2.2" },
    source: "the record of CVE-2024-9264",
  },
  {
    name: "CVE-2026-27876",
    what: "whoever may query runs code where the feature toggle sqlExpressions is on",
    fixedIn: { "11.6": "11.6.14", "12.1": "12.1.10", "12.2": "12.2.8", "12.3": "12.3.6", "12.4": "12.4.2" },
    source: "the record of CVE-2026-27876",
  },
];

/** What is known of a version: the flaws that it has, and the first version of its line that has none of them. */
export interface KnownOfVersion {
  readonly flaws: readonly KnownFlaw[];
  readonly mendedIn: string;
}

/**
 * What is known of a server's version; undefined where its line of releases is not among what is known, which says nothing
 * of it. @param version three numbers, such as `7.2.5`
 */
export function knownOf(version: string, flaws: readonly KnownFlaw[] = REDIS_FLAWS): KnownOfVersion | undefined {
  const [, line = ""] = /^(\d+\.\d+)\.\d+$/.exec(version) ?? [];
  const fixes = flaws.flatMap((flaw) => (flaw.fixedIn[line] === undefined ? [] : [{ flaw, fix: flaw.fixedIn[line] }]));
  if (fixes.length === 0) return undefined;
  const missing = fixes.filter(({ fix }) => patchOf(version) < patchOf(fix));
  const mendedIn = fixes.map(({ fix }) => fix).reduce((one, other) => (patchOf(one) < patchOf(other) ? other : one));
  return { flaws: missing.map(({ flaw }) => flaw), mendedIn };
}

/** The number that counts up within a line of releases. */
function patchOf(version: string): number {
  return Number(version.slice(version.lastIndexOf(".") + 1));
}
