import { sha256Of } from "../canonical-json";
import { type EvidenceDocument, evidenceDocumentSchema } from "../document";
import { checkEnvEntries } from "../env-text";
import { documentEnvValues } from "../env-values";
import { type EvidenceReading, readEvidence, readText } from "../read-evidence";
import { schemaFindings } from "../schema-findings";
import { type Expectations, stepOf } from "../verify/rule";
import { type Verdict, verifyEvidence } from "../verify/verify-evidence";
import { SYNC_CHECK } from "../../settings/steps";
import { UserError } from "../../settings/user-error";

/**
 * What a drill's own document lets one expect of it: the objectives and the services it was started with. A dry run counts how far the
 * standby is behind, so it is held against the limit that its own lag check used.
 */
export function ownExpectations(document: EvidenceDocument): Expectations {
  const { drill, objectives } = document;
  return {
    mode: drill.mode,
    maxFailoverSeconds: objectives.maxFailoverSeconds,
    maxDataLagEvents: drill.mode === "dry-run" ? lagLimit(document) : objectives.maxDataLagEvents,
    storesOnly: drill.storesOnly === true,
    nonce: null,
    freshness: null,
  };
}

function lagLimit(document: EvidenceDocument): number {
  const limits = stepOf(document, SYNC_CHECK)
    ?.checks.filter((check) => check.name.endsWith("lag, events"))
    .map((check) => check.limit)
    .filter((limit) => typeof limit === "number");
  return Math.max(document.objectives.maxDataLagEvents, ...(limits ?? []));
}

/** A drill's document with what the verifier says of it, by default against the drill's own objectives. */
export interface JudgedEvidence {
  readonly document: EvidenceDocument;
  /** Where it came from, as it was named. */
  readonly source: string;
  /** sha256 of the JSON document, as it was found. */
  readonly sha256: string;
  readonly verdict: Verdict;
}

/** Limits to judge by in place of the drill's own. */
export type Limits = Partial<Pick<Expectations, "maxFailoverSeconds" | "maxDataLagEvents">>;

const DOCUMENT_LIMIT_BYTES = 512 * 1024 * 1024;
const NEXT = "understudy verify --evidence docs/results/failover_result.env";

/**
 * Reads evidence and judges it: an `.env` file with its JSON beside it, or the JSON document alone.
 * @throws UserError with exit code 2 when there is no document of version 1 in it
 */
export async function readJudgedEvidence(path: string, limits: Limits = {}): Promise<JudgedEvidence> {
  const reading = path.endsWith(".json") ? await readDocumentAlone(path) : await readEvidence(path);
  if (!reading.readable) throw new UserError(reading.reason, reading.next, 2);
  return judgeReading(reading, limits);
}

/** Judges evidence that was read. @throws UserError with exit code 2 when its document is not of version 1 */
export function judgeReading(reading: EvidenceReading & { readable: true }, limits: Limits = {}): JudgedEvidence {
  const document = parseDocument(reading.documentText, reading.source);
  return {
    document,
    source: reading.source,
    sha256: sha256Of(reading.documentText),
    verdict: verifyEvidence(reading, { ...ownExpectations(document), ...limits }),
  };
}

async function readDocumentAlone(path: string): Promise<EvidenceReading> {
  const file = await readText(path, DOCUMENT_LIMIT_BYTES);
  if (!file.ok) return { readable: false, reason: file.reason, next: NEXT };
  const documentText = file.bytes.toString("utf8");
  const values = documentEnvValues(parseDocument(documentText, path));
  const entries = Object.entries({ ...values, FAILOVER_EVIDENCE_SHA256: sha256Of(documentText) });
  const envText = entries.map(([key, value]) => `${key}=${value}\n`).join("");
  return { readable: true, source: path, env: checkEnvEntries(entries), envText, documentText };
}

function parseDocument(text: string, source: string): EvidenceDocument {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UserError(`the JSON document of ${source} is truncated or not JSON`, NEXT, 2);
  }
  const parsed = evidenceDocumentSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [first] = schemaFindings("document", value, parsed.error);
  throw new UserError(
    `${source} is no evidence document of version 1 (${first?.key ?? "document"}: ${first?.limit ?? "malformed"})`,
    NEXT,
    2,
  );
}
