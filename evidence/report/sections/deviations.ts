import { STORE_LABELS, STORE_NAMES } from "../../../settings/services";
import type { EvidenceDocument, ProbeEvidence } from "../../document";
import { probeSawItAll } from "../../env-values";
import type { Verdict } from "../../verify/verify-evidence";
import { leftOutServices, storesOnlyWords } from "../../stores-only";
import { counted, orUnknown } from "../figures";
import type { Cell, SectionMaker } from "../report-model";

/** Everything that was not as it should be, also where the drill succeeded. */
export const deviationsSection: SectionMaker = ({ document, verdict }) => {
  const items = [
    ...failedChecks(document),
    ...bypassedSteps(document),
    ...leftOut(document),
    ...acceptedUnfenced(document),
    ...losses(document),
    ...copiedAgain(document),
    ...leftAlone(document),
    ...violations(verdict),
  ];
  return {
    id: "deviations",
    title: "Deviations",
    blocks:
      items.length > 0
        ? [{ kind: "list", items }]
        : [{ kind: "text", text: "None: every check was met, no step was bypassed, no fence was taken on trust." }],
  };
};

function failedChecks({ steps }: EvidenceDocument): Cell[] {
  return steps.flatMap(({ step, checks }) =>
    checks
      .filter((check) => !check.ok)
      .map((check): Cell => {
        const where = check.host === null ? "" : ` on ${check.host}`;
        const text = `${step}: ${check.name}${where} is ${orUnknown(check.measured)}, must be ${orUnknown(check.limit)}`;
        return { text, tone: "bad" };
      }),
  );
}

function bypassedSteps({ steps }: EvidenceDocument): Cell[] {
  return steps
    .filter(({ status }) => status === "bypassed")
    .map(({ step }) => ({ text: `${step} was bypassed: an operator's decision`, tone: "warn" }));
}

function leftOut({ drill }: EvidenceDocument): Cell[] {
  const words = storesOnlyWords(leftOutServices(drill));
  return words === undefined ? [] : [{ text: `${words}: an operator's decision`, tone: "warn" }];
}

function acceptedUnfenced({ fences }: EvidenceDocument): Cell[] {
  return fences
    .filter(({ method }) => method === "accepted-unfenced")
    .map(({ store, host, detail }) => ({
      text: `${STORE_LABELS[store]} on ${host} was not fenced; the operator accepted it: ${detail}`,
      tone: "warn",
    }));
}

function losses(document: EvidenceDocument): Cell[] {
  const { probe } = document;
  if (probe === null) return [];
  const unseen: Cell[] = probeSawItAll(document)
    ? []
    : [{ text: "no probe wrote before the primary failed: what was lost is unknown", tone: "warn" }];
  return [...unseen, ...storeLosses(probe)];
}

function storeLosses(probe: ProbeEvidence): Cell[] {
  return STORE_NAMES.flatMap((store) => {
    const { counts, found } = probe[store];
    if (found === null) {
      return [
        { text: `${STORE_LABELS[store]} could not be read back: what was lost is unknown`, tone: "warn" as const },
      ];
    }
    return (["lost", "duplicated", "phantom", "indeterminate"] as const)
      .filter((kind) => counts[kind] !== 0)
      .map((kind): Cell => ({
        text: `${STORE_LABELS[store]}: ${counted(counts[kind], "event")} ${kind}`,
        tone: kind === "indeterminate" ? "plain" : "warn",
      }));
  });
}

function copiedAgain({ postgres, redis }: EvidenceDocument): Cell[] {
  const items: Cell[] = [];
  if (postgres.rewound === true) items.push({ text: "the old PostgreSQL primary was rewound", tone: "warn" });
  if ((redis.fullSyncs ?? 0) > 0) {
    items.push({ text: `Redis: ${counted(redis.fullSyncs, "full resync")}`, tone: "warn" });
  }
  return items;
}

function leftAlone({ drill: { pendingChanges } }: EvidenceDocument): Cell[] {
  return (pendingChanges?.changes ?? []).map(({ host, resource, change }) => ({
    text: `left alone; the next up makes it: ${change} ${resource} of ${host}`,
    tone: "plain",
  }));
}

function violations(verdict: Verdict): Cell[] {
  if (verdict.verdict !== "refused") return [];
  return verdict.violations.map(({ rule, key, value, limit }) => ({
    text: `the verifier refuses ${key}=${value === "" ? "(empty)" : value.slice(0, 160)}: must be ${limit} (rule ${rule})`,
    tone: "bad",
  }));
}
