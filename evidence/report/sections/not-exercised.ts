import { isStore } from "../../../settings/services";
import { STEPS, VERIFICATION } from "../../../settings/steps";
import type { EvidenceDocument } from "../../document";
import { servicesOf } from "../../service-terms";
import { stepOf } from "../../verify/rule";
import type { SectionMaker } from "../report-model";

/** What this drill does not show, so that nobody takes it for more than it is. */
export const notExercisedSection: SectionMaker = ({ document }) => ({
  id: "not-exercised",
  title: "What was not exercised",
  blocks: [
    { kind: "list", items: [...stepsWithoutEvidence(document), ...missingReadings(document), ...beyond(document)] },
  ],
});

function stepsWithoutEvidence({ steps, drill }: EvidenceDocument): string[] {
  return STEPS.flatMap(({ name, sentence }) => {
    const step = steps.find((one) => one.step === name);
    if (step === undefined) return [`${name}: nothing is recorded of it (${sentence})`];
    if (step.status === "skipped") return [`${name} was skipped after an earlier failure: ${sentence}`];
    if (step.status === "bypassed") return [`${name} was bypassed: ${sentence}`];
    if (drill.mode === "dry-run" && step.checks.length === 0)
      return [`${name} cannot be tried in a dry run: ${sentence}`];
    return [];
  });
}

function missingReadings(document: EvidenceDocument): string[] {
  const { drill, probe, redis } = document;
  if (drill.mode === "dry-run") return ["Writes of clients: a dry run starts no probe, so no outage was measured"];
  const passed = stepOf(document, VERIFICATION)?.status === "passed";
  return [
    ...(probe === null ? ["Writes of clients: the probe did not run"] : []),
    ...(passed && redis.contentCompared === null ? ["Contents of Redis were not compared between the hosts"] : []),
  ];
}

function beyond({ drill, steps }: EvidenceDocument): string[] {
  const others = [...servicesOf(drill).keys()].filter((name) => !isStore(name));
  const restored = steps.some((step) => step.checks.some((check) => /restore/i.test(check.name)));
  return [
    ...(drill.kind === "planned"
      ? [`The loss of a host: this was a switchover, for which both ${drill.fromHost} and ${drill.toHost} must answer`]
      : [`The return of ${drill.fromHost}: it must rejoin before the pair is protected again`]),
    "Clients of your own: the probe knows both endpoints and tries again; whether your clients do is not shown here",
    ...(drill.storesOnly === true
      ? [`Health, data and backups of ${others.join(", ")}: this was a drill of the two stores only`]
      : []),
    `Roles of ${others.join(", ")}: only PostgreSQL and Redis change roles`,
    ...(restored ? [] : ["Restoring a backup: no check of this drill restored one"]),
  ];
}
