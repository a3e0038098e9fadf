import type { Rule } from "../rule";
import { agreementRules } from "./agreement";
import { backupRules } from "./backups";
import { carriedRouteRules } from "./carried-route";
import { clientRules } from "./clients";
import { continuityRules } from "./continuity";
import { dryRunRules } from "./dry-run";
import { expectationRules } from "./expectations";
import { fenceRules } from "./fences";
import { followingRules } from "./following";
import { hookRules } from "./hooks";
import { hostRules } from "./hosts";
import { knowledgeRules } from "./knowledge";
import { outcomeRules } from "./outcome";
import { postgresRules } from "./postgres";
import { probeRules } from "./probe";
import { redisRules } from "./redis";
import { serviceRules } from "./services";
import { serverFindingRules } from "./server-findings";
import { signalRules } from "./signals";
import { stepRules } from "./steps";
import { timeRules } from "./times";
import { storesOnlyRules } from "./stores-only";
import { unplannedRules } from "./unplanned";
import { unplannedDataRules } from "./unplanned-data";
import { unplannedFigureRules } from "./unplanned-figures";
import { writeRules } from "./writes";

/** Every rule that well-formed evidence is held against, in the order in which violations are told. */
export const RULES: readonly Rule[] = [
  ...agreementRules,
  ...expectationRules,
  ...outcomeRules,
  ...knowledgeRules,
  ...stepRules,
  ...timeRules,
  ...hostRules,
  ...fenceRules,
  ...signalRules,
  ...followingRules,
  ...serverFindingRules,
  ...unplannedRules,
  ...unplannedFigureRules,
  ...postgresRules,
  ...redisRules,
  ...probeRules,
  ...writeRules,
  ...clientRules,
  ...hookRules,
  ...serviceRules,
  ...continuityRules,
  ...backupRules,
  ...unplannedDataRules,
  ...storesOnlyRules,
  ...carriedRouteRules,
  ...dryRunRules,
];

/** The rules that say whether evidence is well formed; only what passes them is held against the others. */
export const FORM_RULES = [
  { id: "env-format", sentence: "printable ASCII, LF, one KEY=value a line, a line feed at the end" },
  { id: "env-keys", sentence: "every key of the contract once, and no other" },
  { id: "env-values", sentence: "every value is written as the contract says" },
  { id: "document-sha256", sentence: "the keys state the checksum of this JSON document" },
  { id: "document-schema", sentence: "the JSON document has the shape of version 1" },
  { id: "document-canonical", sentence: "the JSON text is the one text this document has" },
] as const satisfies readonly Pick<Rule, "id" | "sentence">[];
