import type { EvidenceDocument } from "./document";
import { ENV_CONTRACT, isEnvKey, type EnvKey, type EnvValues } from "./env-contract";
import { documentEnvValues } from "./env-values";

/** One thing wrong with the `.env` evidence; `rule` is the verifier's rule that it breaks. */
export interface EnvFault {
  readonly rule: "env-format" | "env-keys" | "env-values";
  readonly key: string;
  readonly value: string;
  readonly limit: string;
}

/** The values of every key, or everything that is wrong. */
export type EnvParse =
  { readonly ok: true; readonly values: EnvValues } | { readonly ok: false; readonly faults: readonly EnvFault[] };

/**
 * The `.env` evidence of `document`, whose JSON text has the checksum `sha256`.
 * @throws Error naming the key, when a value would not be well formed.
 */
export function renderEnv(document: EvidenceDocument, sha256: string): string {
  const values: EnvValues = { ...documentEnvValues(document), FAILOVER_EVIDENCE_SHA256: sha256 };
  const parse = checkEnvEntries(Object.entries(values));
  if (!parse.ok) {
    throw new Error(
      `the evidence cannot be written: ${parse.faults.map((fault) => `${fault.key}=${JSON.stringify(fault.value)}, expected ${fault.limit}`).join("; ")}`,
    );
  }
  return envTextOf(parse.values);
}

/** The `.env` text of well-formed values, in the contract's order. */
export function envTextOf(values: EnvValues): string {
  return ENV_CONTRACT.map(({ key }) => `${key}=${values[key]}\n`).join("");
}

/**
 * Reads `.env` evidence; it is never sourced. ASCII, LF, `KEY=value` on every line, a line feed at the end; every key
 * of the contract exactly once, in any order, each value well formed. All faults are reported together.
 */
export function parseEnv(bytes: Uint8Array): EnvParse {
  const text = Buffer.from(bytes).toString("latin1");
  const faults = formatFaults(text);
  const lines = text.replace(/\n$/, "").split("\n");
  const entries = lines.flatMap((line, index): [string, string][] => {
    const equals = line.indexOf("=");
    if (equals > 0) return [[line.slice(0, equals), line.slice(equals + 1)]];
    faults.push({ rule: "env-format", key: `line ${index + 1}`, value: line, limit: "KEY=value" });
    return [];
  });
  const parse = checkEnvEntries(entries);
  if (faults.length === 0) return parse;
  return { ok: false, faults: [...faults, ...(parse.ok ? [] : parse.faults)] };
}

/** Holds key and value pairs, wherever they come from, against the contract. */
export function checkEnvEntries(entries: readonly (readonly [string, string])[]): EnvParse {
  const faults: EnvFault[] = [];
  const fault = (rule: EnvFault["rule"], key: string, value: string, limit: string): void => {
    faults.push({ rule, key, value, limit });
  };
  const values = new Map<EnvKey, string>();
  for (const [key, value] of entries) {
    if (!isEnvKey(key)) fault("env-keys", key, value, "a key of the contract");
    else if (values.has(key)) fault("env-keys", key, value, "once");
    else values.set(key, value);
  }
  for (const { key, pattern } of ENV_CONTRACT) {
    const value = values.get(key);
    if (value === undefined) fault("env-keys", key, "(missing)", "once");
    else if (!pattern.test(value)) fault("env-values", key, value, pattern.source);
    else if (key.endsWith("_AT") && !isRealTime(value)) fault("env-values", key, value, "a day of the calendar");
  }
  if (faults.length > 0) return { ok: false, faults };
  return { ok: true, values: Object.fromEntries(values) as EnvValues };
}

function isRealTime(timestamp: string): boolean {
  const time = new Date(timestamp);
  return !Number.isNaN(time.getTime()) && time.toISOString() === timestamp;
}

function formatFaults(text: string): EnvFault[] {
  const faults: EnvFault[] = [];
  text.split("\n").forEach((line, index) => {
    if (/[^ -~]/.test(line)) {
      const limit = line.includes("\r") ? "LF line ends, no CR" : "printable ASCII, no byte order mark";
      faults.push({ rule: "env-format", key: `line ${index + 1}`, value: line, limit });
    }
  });
  if (!text.endsWith("\n")) {
    faults.push({ rule: "env-format", key: "last line", value: "(no line feed)", limit: "a line feed at the end" });
  }
  return faults;
}
