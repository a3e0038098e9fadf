import { z } from "zod";
import { KEY_PURPOSES, type KeyPurpose } from "../../settings/environment";
import { STEP_NAMES, type StepName, type StepStatus } from "../../settings/steps";
import type { EvidenceDocument } from "../document";
import { PREDICATE_TYPE, STATEMENT_TYPE } from "./formats";
import type { KeyFingerprint } from "./keys";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "a sha256 in lower-case hexadecimal");
const text = z.string();
const digest = z.strictObject({ sha256 });
const subject = (extension: ".env" | ".json") =>
  z.strictObject({ name: z.string().endsWith(extension, `a name that ends in ${extension}`), digest });
const steps = z.array(z.enum(STEP_NAMES as [StepName, ...StepName[]]));

const predicateSchema = z.strictObject({
  result: z.enum(["PASSED", "WARNED", "FAILED"]),
  configuration: z.tuple([
    z.strictObject({
      name: z.literal("drill"),
      uri: text,
      annotations: z.strictObject({
        environment: text,
        id: text,
        nonce: text,
        mode: text,
        kind: text,
        fromHost: text,
        toHost: text,
      }),
    }),
    z.strictObject({
      name: z.literal("signing-key"),
      digest,
      annotations: z.strictObject({ isFor: z.enum(KEY_PURPOSES) }),
    }),
  ]),
  passedTests: steps,
  warnedTests: steps,
  failedTests: steps,
});

/** The in-toto statement about one drill's evidence: exactly these fields. */
export const statementSchema = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.tuple([subject(".env"), subject(".json")]),
  predicateType: z.literal(PREDICATE_TYPE),
  predicate: predicateSchema,
});

/** What is signed: which two files, and what the drill in them came to. */
export type Statement = z.infer<typeof statementSchema>;
/** The result of the drill, step by step, and on which terms. */
export type Predicate = z.infer<typeof predicateSchema>;

/** The two files a statement is about: base name and sha256 of each. */
export interface StatementSubjects {
  readonly env: { readonly name: string; readonly sha256: string };
  readonly document: { readonly name: string; readonly sha256: string };
}

/** The statement about a drill's two evidence files, to be signed with the key that it names. */
export function statementOf(
  document: EvidenceDocument,
  subjects: StatementSubjects,
  key: { readonly fingerprint: KeyFingerprint; readonly isFor: KeyPurpose },
): Statement {
  const subject = (of: keyof StatementSubjects): Statement["subject"][0] => ({
    name: subjects[of].name,
    digest: { sha256: subjects[of].sha256 },
  });
  return {
    _type: STATEMENT_TYPE,
    subject: [subject("env"), subject("document")],
    predicateType: PREDICATE_TYPE,
    predicate: predicateOf(document, key),
  };
}

/** What a statement says of a drill, derived from its document and the key alone. */
export function predicateOf(
  document: EvidenceDocument,
  key: { readonly fingerprint: KeyFingerprint; readonly isFor: KeyPurpose },
): Predicate {
  const { environment, id, nonce, mode, kind, fromHost, toHost } = document.drill;
  const named = (...statuses: readonly StepStatus[]): StepName[] =>
    document.steps.filter((step) => statuses.includes(step.status)).map((step) => step.step);
  const passedTests = named("passed");
  return {
    result: resultOf(document.success, passedTests.length === STEP_NAMES.length),
    configuration: [
      {
        name: "drill",
        uri: `urn:understudy:drill:${environment}:${id}`,
        annotations: { environment, id, nonce, mode, kind, fromHost, toHost },
      },
      { name: "signing-key", digest: { sha256: key.fingerprint }, annotations: { isFor: key.isFor } },
    ],
    passedTests,
    warnedTests: named("simulated", "bypassed"),
    failedTests: named("failed"),
  };
}

/** A success whose steps were not all carried out, such as a dry run, is no plain pass. */
function resultOf(success: boolean, everyStepPassed: boolean): Predicate["result"] {
  if (!success) return "FAILED";
  return everyStepPassed ? "PASSED" : "WARNED";
}
