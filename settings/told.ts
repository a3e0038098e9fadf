import type { Role } from "./pair";
import { STORE_NAMES, type StoreName } from "./services";

/** Name of the file with what a host is told, in the folder of PostgreSQL's boot guard: it is no input of a container. */
export const TOLD_FILE = "told.json";

/** Of how many executed drills a host is told. */
export const TOLD_DRILLS = 10;

/** An executed drill of the past, as its evidence and the verifier have it. */
export interface ToldDrill {
  readonly id: string;
  /** `planned` or `unplanned`. */
  readonly kind: string;
  /** The verifier's word, by the drill's own objectives. */
  readonly verdict: string;
  /** Epoch seconds. */
  readonly finishedAt: number;
  readonly durationSeconds: number;
  /** Longest time between two acknowledged writes; null where the probe did not see it. */
  readonly outageSeconds: Readonly<Record<StoreName, number | null>>;
}

/** What a host cannot see by itself, as the last verb that changed the pair has told it. */
export interface Told {
  readonly version: 1;
  readonly environment: string;
  /** Epoch seconds. */
  readonly toldAt: number;
  /** The roles that the stacks' config declares, by host. */
  readonly roles: Readonly<Record<string, Role>>;
  /** The newest first, at most `TOLD_DRILLS`. */
  readonly drills: readonly ToldDrill[];
  /** As `status --ready` found it; null where it could not be read. Times are epoch seconds, null without a rehearsal. */
  readonly readiness: {
    readonly ready: boolean;
    readonly rehearsedAt: number | null;
    readonly validUntil: number | null;
  } | null;
}

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isNumberOrNull = (value: unknown): boolean => value === null || isNumber(value);
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function isDrill(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { outageSeconds } = value;
  return (
    [value["id"], value["kind"], value["verdict"]].every((one) => typeof one === "string") &&
    isNumber(value["finishedAt"]) &&
    isNumber(value["durationSeconds"]) &&
    isObject(outageSeconds) &&
    STORE_NAMES.every((store) => isNumberOrNull(outageSeconds[store]))
  );
}

function isReadiness(value: unknown): boolean {
  if (value === null) return true;
  if (!isObject(value)) return false;
  return (
    typeof value["ready"] === "boolean" && isNumberOrNull(value["rehearsedAt"]) && isNumberOrNull(value["validUntil"])
  );
}

/** Reads the file; null for anything that is not whole, or of another environment: then nothing was told. Pure. */
export function parseTold(text: string, environment: string): Told | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(value) || value["version"] !== 1 || value["environment"] !== environment) return null;
  const { roles, drills } = value;
  const whole =
    isNumber(value["toldAt"]) &&
    isObject(roles) &&
    Object.values(roles).every((role) => role === "primary" || role === "standby") &&
    Array.isArray(drills) &&
    drills.length <= TOLD_DRILLS &&
    drills.every(isDrill) &&
    isReadiness(value["readiness"]);
  return whole ? (value as unknown as Told) : null;
}
