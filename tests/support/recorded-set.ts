import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readHealthReport } from "../../evidence/acceptance/health-report";
import { acceptanceOf, renderAcceptance } from "../../evidence/acceptance/render-acceptance";
import { readRequirementsVerdict } from "../../evidence/acceptance/requirements-verdict";
import { ATTESTATION_RULES } from "../../evidence/attestation/faults";
import { readVerifyingKey } from "../../evidence/attestation/key-files";
import { readBundle } from "../../evidence/attestation/read-bundle";
import { HEALTH_REPORT_NAME } from "../../evidence/health-report";
import { readEvidence } from "../../evidence/read-evidence";
import { ownExpectations, readJudgedEvidence, type JudgedEvidence } from "../../evidence/report/judged-evidence";
import { writeReport } from "../../evidence/report/report-files";
import { verifySignedEvidence } from "../../evidence/verify/verify-signed";
import { bundlePath } from "../../evidence/write-evidence";

/** The drills that `make record` itself runs, and what each must have been. */
const DRILLS = [
  ["failover_dry_run.env", "dry-run"],
  ["failover_there.env", "execute"],
  ["failover_result.env", "execute"],
] as const;

/** What the drills alone show of the acceptance; a complete test run before them shows the rest. */
const SHOWN_BY_DRILLS = ["planned-swap-zero-loss", "swap-back", "dry-run-changes-nothing", "health-on-both-hosts"];

const SIGNATURE_RULES: readonly string[] = ATTESTATION_RULES.map(({ id }) => id);

/** The limit that `lab/record.sh` gives to `understudy accept`. */
const LIMITS = { maxFailoverSeconds: 180 };

/** What is wrong with a set that `make record` made, one line for each fault: signatures, verdicts, reports. */
export async function faultsOfRecordedSet(folder: string): Promise<readonly string[]> {
  const missing = DRILLS.map(([name]) => name).filter((name) => !existsSync(path.join(folder, name)));
  if (missing.length > 0) return missing.map((name) => `${name} is not there; next: make record`);
  const kept = globSync(`${folder}/acceptance/*.env`).sort();
  const drills = await Promise.all(DRILLS.map(([name]) => readJudgedEvidence(path.join(folder, name))));
  return [
    ...(await Promise.all(DRILLS.map(([name]) => signatureFaults(path.join(folder, name), true)))).flat(),
    ...(await Promise.all(kept.map((file) => signatureFaults(file, false)))).flat(),
    ...drills.flatMap(({ document }, at) =>
      document.drill.mode === DRILLS[at]?.[1] ? [] : [`${DRILLS[at]?.[0] ?? ""} is no ${DRILLS[at]?.[1] ?? ""}`],
    ),
    ...(await reportFaults(folder, drills[2])),
    ...(await acceptanceFaults(folder, kept)),
  ];
}

/** Faults of one evidence file: of its signature, with the key that lies beside it, and of its verdict if it must be accepted. */
async function signatureFaults(envFile: string, mustBeAccepted: boolean): Promise<readonly string[]> {
  const key = await readVerifyingKey(path.join(path.dirname(envFile), "signing-key.pub.pem"));
  const { document } = await readJudgedEvidence(envFile);
  const signature = { bundle: await readBundle(bundlePath(envFile)), key };
  const verdict = verifySignedEvidence(await readEvidence(envFile), signature, ownExpectations(document));
  if (verdict.verdict === "accepted") return [];
  if (verdict.verdict === "unverifiable") return [`${envFile}: ${verdict.reason}`];
  return verdict.violations
    .filter(({ rule }) => mustBeAccepted || SIGNATURE_RULES.includes(rule))
    .map(({ rule, key: where }) => `${envFile}: ${rule} ${where}`);
}

/** The report for people is, byte for byte but for how many rules there were, what the evidence of the switchover back makes of it. */
async function reportFaults(folder: string, back: JudgedEvidence | undefined): Promise<readonly string[]> {
  const fresh = mkdtempSync(path.join(tmpdir(), "understudy-report-"));
  try {
    const { markdown, html } = await writeReport(fresh, back as JudgedEvidence);
    const differs = [markdown, html]
      .map((file) => path.basename(file))
      .filter((name) => reportIn(folder, name) !== reportIn(fresh, name));
    const next = `next: bin/understudy report --evidence ${folder}/failover_result.env --output-dir ${folder}`;
    return differs.map((name) => `${name} is not what its evidence says; ${next}`);
  } finally {
    rmSync(fresh, { recursive: true });
  }
}

/** The final acceptance is what all recorded evidence makes of it, and shows at least what the drills alone show. */
async function acceptanceFaults(folder: string, kept: readonly string[]): Promise<readonly string[]> {
  const files = [...globSync(`${folder}/failover_*.env`).sort(), ...kept];
  const drills = await Promise.all(files.map((file) => readJudgedEvidence(file, LIMITS)));
  const there = (...names: string[]): readonly string[] =>
    names.map((name) => path.join(folder, name)).filter((file) => existsSync(file));
  const health = await Promise.all(
    there(HEALTH_REPORT_NAME, "acceptance/single_host_health.json").map(readHealthReport),
  );
  const requirements = await Promise.all(there("requirements_verdict.json").map(readRequirementsVerdict));
  const acceptance = acceptanceOf({ drills, health, requirements });
  const shown = acceptance.rows.filter(({ exhibits }) => exhibits.length > 0).map(({ scenario }) => scenario.id);
  const documents = globSync(`${folder}/final_capability_acceptance_*.md`);
  const [document = "", ...more] = documents;
  const date = /_(\d{4}-\d\d-\d\d)\.md$/.exec(document)?.[1] ?? "";
  return [
    ...SHOWN_BY_DRILLS.filter((id) => !shown.includes(id)).map((id) => `the evidence does not show ${id}`),
    ...(documents.length === 1 ? [] : [`there are ${documents.length} documents of acceptance`, ...more]),
    ...(textOf(document) === renderAcceptance(acceptance, date)
      ? []
      : [`${path.basename(document)} is not what the evidence says; next: make record`]),
  ];
}

/** A verifier that has been given a rule since says another number of them. */
function reportIn(folder: string, name: string): string | undefined {
  return textOf(path.join(folder, name))?.replace(/accepted: \d+ rules met/, "accepted");
}

function textOf(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
