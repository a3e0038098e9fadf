import { dirname, join } from "node:path";
import type { SigningKey } from "./attestation/keys";
import type { EvidenceDocument } from "./document";
import { writeEvidence, type WrittenEvidence } from "./write-evidence";

/** Folder beside the evidence in which every drill's is kept; `understudy history` reads it. */
export const KEPT_FOLDER = "drills";

/**
 * Keeps a copy of a drill's evidence under a name of its own, beside `envPath`, so that the next drill does not replace
 * it, signed like the other when there is a key. The name begins with when the drill began, because a refused drill may bear the id of one that ran.
 * @throws Error when it cannot be written
 */
export async function keepEvidence(
  envPath: string,
  document: EvidenceDocument,
  key: SigningKey | null = null,
): Promise<WrittenEvidence> {
  const began = document.drill.startedAt.replaceAll(/[-:.]/g, "");
  return writeEvidence(join(dirname(envPath), KEPT_FOLDER, `${began}_${document.drill.id}.env`), document, key);
}
