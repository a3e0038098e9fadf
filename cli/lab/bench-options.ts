import { InvalidArgumentError, Option } from "commander";
import { CLIENTS_RATE } from "../../lab/bench/clients/client-loads";
import { UserError } from "../../settings/user-error";

/** Series that are part of one report, `swap_bench.json`; `all` is every one of these. */
export const SWAP_SERIES = ["probe", "load", "both", "unplanned", "backups", "all"] as const;

/** Series with a report of their own. */
export const FIELD_SERIES = ["clients", "size", "soak", "tls", "agents"] as const;

/** One of the series of the report of switchovers. */
export type SwapSeries = (typeof SWAP_SERIES)[number];
/** One of the series with a report of their own. */
export type FieldSeries = (typeof FIELD_SERIES)[number];

const FOLDER = "configs/deploy/environments";

/** What each series is run with where nothing else is said. `against`: the lab that it is compared with. */
export const FIELD_DEFAULTS: Readonly<
  Record<
    FieldSeries,
    { readonly count: number; readonly file: string; readonly environment: string; readonly against?: string }
  >
> = {
  clients: { count: 20, file: "docs/results/clients_bench.json", environment: `${FOLDER}/lab_doors.yaml` },
  size: { count: 6, file: "docs/results/size_bench.json", environment: `${FOLDER}/lab.yaml` },
  soak: { count: 300, file: "docs/results/soak_bench.json", environment: `${FOLDER}/lab_doors.yaml` },
  tls: {
    ...{ count: 12, file: "docs/results/tls_bench.json", environment: `${FOLDER}/lab.yaml` },
    against: `${FOLDER}/lab_plain.yaml`,
  },
  agents: {
    ...{ count: 12, file: "docs/results/agents_bench.json", environment: `${FOLDER}/lab_agent.yaml` },
    against: `${FOLDER}/lab.yaml`,
  },
};

/** What only some series take. */
export interface FieldOptions {
  readonly environment?: string;
  readonly against?: string;
  readonly block?: number;
  readonly rate?: number;
  readonly resume: boolean;
  readonly postgresGib?: readonly number[];
  readonly redisKeys?: readonly number[];
}

/** Which of these options each series takes. */
const TAKEN: Readonly<Record<FieldSeries, readonly (keyof FieldOptions)[]>> = {
  clients: ["environment", "rate"],
  soak: ["environment", "resume"],
  size: ["environment", "postgresGib", "redisKeys"],
  tls: ["environment", "against", "block"],
  agents: ["environment", "against", "block"],
};

const FLAGS: Readonly<Record<keyof FieldOptions, string>> = {
  ...{ environment: "--environment", against: "--against", block: "--block", resume: "--resume" },
  rate: "--rate",
  ...{ postgresGib: "--postgres-gib", redisKeys: "--redis-keys" },
};

/** Whether a series has a report of its own. */
export function isField(series: string): series is FieldSeries {
  return (FIELD_SERIES as readonly string[]).includes(series);
}

/** @throws UserError, exit code 2, when an option is given that the series has no use for */
export function refuseUnused(series: SwapSeries | FieldSeries, options: FieldOptions): void {
  const taken = isField(series) ? TAKEN[series] : [];
  const asked = (Object.keys(FLAGS) as (keyof FieldOptions)[]).filter(
    (key) => options[key] !== undefined && options[key] !== false,
  );
  const unused = asked.filter((key) => !taken.includes(key));
  if (unused.length === 0) return;
  const fits = FIELD_SERIES.filter((one) => unused.every((key) => TAKEN[one].includes(key)));
  throw new UserError(
    `${unused.map((key) => FLAGS[key]).join(", ")}: series ${series} has no use for it`,
    fits.length > 0 ? `understudy lab bench --series ${fits.join(" or ")}` : "understudy lab bench --help",
    2,
  );
}

function listOf(what: string, least: number, most: number): (text: string) => readonly number[] {
  return (text) => {
    const values = text.split(",").map(Number);
    if (/^\d+(,\d+)*$/.test(text) && values.every((one) => one >= least && one <= most))
      return [...new Set(values)].sort((left, right) => left - right);
    throw new InvalidArgumentError(`${what} from ${least} to ${most} are wanted, with commas.`);
  };
}

function numberOf(what: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`a number of ${what} from ${least} to ${most} is wanted.`);
  };
}

/** The options that only some series take. */
export function fieldOptions(): readonly Option[] {
  return [
    new Option(
      "--environment <file>",
      "environment file that is measured (default: lab.yaml for size and tls; lab_doors.yaml for clients and soak; lab_agent.yaml for agents)",
    ),
    new Option(
      "--against <file>",
      "environment file that tls and agents compare it with (default: lab_plain.yaml; lab.yaml)",
    ),
    new Option(
      "--block <n>",
      "tls, agents: switchovers of one kind before the other has its turn (default: 4)",
    ).argParser(numberOf("switchovers", 1, 100)),
    new Option("--rate <n>", `clients: transactions/s of pgbench, at most (default: ${CLIENTS_RATE})`).argParser(
      numberOf("transactions a second", 2, 100_000),
    ),
    new Option("--resume", "soak: go on with the run that the output file has begun").default(false),
    new Option("--postgres-gib <list>", "size: GiB of PostgreSQL (default: 1,5,20)").argParser(
      listOf("whole GiB", 1, 1000),
    ),
    new Option("--redis-keys <list>", "size: keys of Redis (default: 10000,100000,1000000,5000000)").argParser(
      listOf("numbers of keys", 1, 100_000_000),
    ),
  ];
}
