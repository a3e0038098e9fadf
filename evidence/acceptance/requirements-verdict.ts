import { readFile } from "node:fs/promises";
import { z } from "zod";
import { sha256Of } from "../canonical-json";
import { messageOf, UserError } from "../../settings/user-error";

const verdictSchema = z.looseObject({
  verdict: z.enum(["accepted", "refused"]),
  requirements: z.number().int().positive(),
  open: z.array(z.unknown()),
  mapping: z.array(z.unknown()),
  language: z.array(z.unknown()),
});

/** What `understudy requirements verify --output json` said, as far as an acceptance needs it. */
export interface RequirementsOffer {
  readonly source: string;
  readonly sha256: string;
  readonly accepted: boolean;
  readonly requirements: number;
  /** How many of them no complete run shows, as the list itself says. */
  readonly open: number;
  /** Faults of the mapping, and places of completion language. */
  readonly findings: number;
}

/** Reads such a verdict. @throws UserError with exit code 2 when it is none */
export async function readRequirementsVerdict(path: string): Promise<RequirementsOffer> {
  try {
    return requirementsOffer(await readFile(path, "utf8"), path);
  } catch (thrown) {
    throw new UserError(`${path} is no verdict on requirements: ${messageOf(thrown)}`, "understudy accept --help", 2);
  }
}

/** The verdict in a text. @throws Error when it is none */
export function requirementsOffer(text: string, source: string): RequirementsOffer {
  const { verdict, requirements, open, mapping, language } = verdictSchema.parse(JSON.parse(text));
  const findings = mapping.length + language.length;
  const accepted = verdict === "accepted" && findings === 0;
  return { source, sha256: sha256Of(text), accepted, requirements, open: open.length, findings };
}
