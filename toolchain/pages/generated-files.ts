import { readFileSync } from "node:fs";
import path from "node:path";
import { parseMapping } from "../../evidence/acceptance/requirements/mapping";
import { PROGRESS_FILE, renderProgress } from "../../evidence/acceptance/requirements/render-progress";
import { MAPPING_FILE } from "../../evidence/acceptance/requirements/verify-requirements";
import { ATTESTATION_RULES } from "../../evidence/attestation/faults";
import { ENV_CONTRACT } from "../../evidence/env-contract";
import { publishedSchemas } from "../../evidence/schemas/published-schemas";
import { FORM_RULES, RULES } from "../../evidence/verify/rules";
import { CLIENT_DRIVERS } from "../../settings/client-drivers";
import { CLIENT_FEATURES, FEATURE_FATES } from "../../settings/client-features";
import { SERVICES, type StoreName } from "../../settings/services";
import { STEPS } from "../../settings/steps";
import { accountsParts } from "./accounts-page";
import { alertTimesTable } from "./alert-times-part";
import { COMMAND_LINE, commandLinePage } from "./cli-page";
import { CONFIGURATION, configurationPage } from "./configuration-page";
import { doorFeaturesParts } from "./door-features-page";
import { FINDINGS_PAGE, findingsPage } from "./findings-page";
import { idleHourTable } from "./idle-hour-part";
import { markdownTable, withParts } from "./markdown";
import { STEPS_PAGE, stepsPage } from "./steps-page";
import { versionsTable } from "./versions-page";

const ROOT = path.resolve(__dirname, "../..");

/** The page with the evidence's keys and rules, from the project's folder. */
export const SPECIFICATION = "docs/evidence-specification.md";

/** Pages that people write, and the tables in them that are generated, each between its marks. */
export const PARTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "README.md": {
    steps: markdownTable(
      ["step", "what it does"],
      STEPS.map(({ name, sentence }) => [`\`${name}\``, sentence]),
    ),
  },
  "docs/design/service-data-sync.md": {
    promises: markdownTable(
      ["service", "in a switchover", "in a failover", "counted in", "a switchover may miss"],
      Object.entries(SERVICES).map(([name, { promise }]) => [
        `\`${name}\``,
        `\`${promise.planned}\``,
        `\`${promise.unplanned}\``,
        promise.units.join(", "),
        String(promise.missingAllowed),
      ]),
    ),
  },
  "docs/design/accounts.md": accountsParts(),
  "docs/design/agent.md": { "alert-times": alertTimesTable(), "idle hour": idleHourTable() },
  "docs/VERSIONS.md": { tried: versionsTable() },
  "docs/CONNECT.md": {
    fates: markdownTable(
      ["word", "meaning"],
      Object.entries(FEATURE_FATES).map(([fate, meaning]) => [fate, meaning]),
    ),
    "features of PostgreSQL": features("timescaledb"),
    "features of Redis": features("redis"),
    ...doorFeaturesParts(),
    drivers: markdownTable(
      ["driver", "what has to be there", "what a load does with it"],
      Object.entries(CLIENT_DRIVERS).map(([name, { package: needed, how }]) => [`\`${name}\``, `\`${needed}\``, how]),
    ),
  },
  [SPECIFICATION]: {
    keys: markdownTable(
      ["key", "meaning"],
      ENV_CONTRACT.map(({ key, meaning }) => [`\`${key}\``, meaning]),
    ),
    "form-rules": rules(FORM_RULES),
    rules: rules(RULES),
    "signature-rules": rules(ATTESTATION_RULES),
  },
};

function features(store: StoreName): string {
  return markdownTable(
    ["under way", "what becomes of it", "code", "what the client does"],
    CLIENT_FEATURES.filter((row) => row.store === store).map(({ feature, fate, code, then }) => [
      feature,
      fate,
      code === null ? "" : `\`${code}\``,
      then,
    ]),
  );
}

function rules(some: readonly { readonly id: string; readonly sentence: string }[]): string {
  return markdownTable(
    ["rule", "meaning"],
    some.map(({ id, sentence }) => [`\`${id}\``, sentence]),
  );
}

/** The text of every generated file by its path from the project's folder: schemas, whole pages, pages with parts. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const read = (file: string): string => readFileSync(path.join(ROOT, file), "utf8");
  return new Map([
    ...publishedSchemas(),
    [CONFIGURATION, configurationPage()],
    [COMMAND_LINE, commandLinePage()],
    [STEPS_PAGE, stepsPage()],
    [FINDINGS_PAGE, findingsPage()],
    [PROGRESS_FILE, renderProgress(parseMapping(read(MAPPING_FILE), MAPPING_FILE))],
    ...Object.entries(PARTS).map(([file, parts]) => [file, withParts(file, read(file), parts)] as const),
  ]);
}
