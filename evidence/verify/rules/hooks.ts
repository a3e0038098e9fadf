import { STORE_NAMES } from "../../../settings/services";
import type { EvidenceDocument } from "../../document";
import { hookDone, hookMarks, hookWords, type HookRun } from "../../hooks";
import { claimsSwap, finding, type Finding, promotedAtMs, type Rule, unless } from "../rule";

const KEY = "document.hooks";

/** What a user's commands did that move an address or a name with the role. */
export const hookRules: readonly Rule[] = [
  {
    id: "hooks-declared",
    sentence: "every hook that ran is declared, each declared once, of a host of the drill, and ended after it began",
    check: ({ document }) => {
      const { hooks, drill } = document;
      if (hooks === undefined) return [];
      const names = hooks.declared.map(({ host, hook }) => `${hook} of ${host}`);
      const hosts = [drill.fromHost, drill.toHost];
      return [
        ...unless(new Set(names).size === names.length, `${KEY}.declared`, names.join(), "each hook once"),
        ...hooks.declared.flatMap(({ host }, at) =>
          unless(hosts.includes(host), `${KEY}.declared[${at}].host`, host, hosts.join()),
        ),
        ...hooks.ran.flatMap((run, at) => ranFaults(run, `${KEY}.ran[${at}]`, names)),
      ];
    },
  },
  {
    id: "hooks-marked",
    sentence: "the steps of a success mark when each hook began and ended, and no hook that did not run",
    check: ({ document }) => (claimsSwap(document) ? markFaults(document) : []),
  },
  {
    id: "hooks-ran",
    sentence:
      "in a success the old primary's hook ended well before the promotion, or a failover had proved that it cannot write, and the new primary's ended well after it",
    check: ({ document }) => {
      const { hooks, drill } = document;
      if (!claimsSwap(document) || hooks === undefined) return [];
      const is = (host: string, hook: HookRun["hook"]) => (one: { host: string; hook: string }) =>
        one.host === host && one.hook === hook;
      const [demoted, promoted] = [is(drill.fromHost, "demoted"), is(drill.toHost, "promoted")];
      return [
        ...(hooks.declared.some(demoted) ? demotedFaults(document, hooks.ran.findLast(demoted)) : []),
        ...(hooks.declared.some(promoted) ? promotedFaults(document, hooks.ran.findLast(promoted)) : []),
      ];
    },
  },
];

function ranFaults(run: HookRun, key: string, names: readonly string[]): Finding[] {
  const name = `${run.hook} of ${run.host}`;
  return [
    ...unless(names.includes(name), key, name, names.join() || "none"),
    ...unless(run.endedAtMs >= run.beganAtMs, `${key}.endedAtMs`, run.endedAtMs, `at least ${run.beganAtMs}`),
    ...unless(
      (run.exitCode !== null) === (run.end === "exit"),
      `${key}.exitCode`,
      run.exitCode,
      `as ${run.end} has it`,
    ),
  ];
}

function markFaults({ steps, hooks }: EvidenceDocument): Finding[] {
  const line = (name: string, host: string | null, atMs: number): string =>
    `${name} on ${host ?? "no host"} at ${atMs}`;
  const marked = steps
    .flatMap(({ marks }) => marks)
    .filter(({ name }) => name.startsWith("hook "))
    .map(({ name, host, atMs }) => line(name, host, atMs));
  const ran = (hooks?.ran ?? []).flatMap((run) => {
    const [begins, ended] = hookMarks(run);
    return [line(begins, run.host, run.beganAtMs), line(ended, run.host, run.endedAtMs)];
  });
  return [
    ...ran.filter((one) => !marked.includes(one)).map((one) => finding(`${KEY}.ran`, one, "a mark of a step")),
    ...marked.filter((one) => !ran.includes(one)).map((one) => finding("document.steps.marks", one, "a hook that ran")),
  ];
}

function demotedFaults(document: EvidenceDocument, run: HookRun | undefined): Finding[] {
  const key = `${KEY}.demoted`;
  if (run === undefined) return [finding(key, "not run", "run before the promotion")];
  const promotions = STORE_NAMES.map((store) => promotedAtMs(document, store) ?? -Infinity);
  const fenceCounts =
    document.drill.kind === "unplanned" && document.fences.every(({ method }) => method !== "accepted-unfenced");
  return [
    ...unless(hookDone(run) || fenceCounts, key, hookWords(run), "exit code 0"),
    ...unless(
      promotions.every((at) => run.endedAtMs <= at),
      `${key}.endedAtMs`,
      run.endedAtMs,
      `at most ${Math.min(...promotions)}, when the first promotion began`,
    ),
  ];
}

function promotedFaults(document: EvidenceDocument, run: HookRun | undefined): Finding[] {
  const key = `${KEY}.promoted`;
  if (run === undefined) return [finding(key, "not run", "run after the promotion")];
  const promotions = STORE_NAMES.map((store) => promotedAtMs(document, store) ?? Infinity);
  return [
    ...unless(hookDone(run), key, hookWords(run), "exit code 0"),
    ...unless(
      promotions.every((at) => run.beganAtMs >= at),
      `${key}.beganAtMs`,
      run.beganAtMs,
      `at least ${Math.max(...promotions)}, when the last promotion began`,
    ),
  ];
}
