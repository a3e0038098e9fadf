import path from "node:path";
import { spanTreeOf } from "../../evidence/trace/span-tree";
import { serializeDocument } from "../../evidence/canonical-json";
import type { Environment } from "../../settings/environment";
import type { FailoverOutcome } from "../failover/failover";
import { sendTraces } from "./send-traces";
import { doorOf, fileName, primaryAfter, traceDrill } from "./trace-drill";

/** Makes the trace of one executed drill that left evidence, and sends it with all that wait. Never throws. */
export async function traceOutcome(
  { document, files }: Pick<FailoverOutcome, "document" | "files">,
  environment: Environment,
  say: (words: string) => void = () => undefined,
): Promise<void> {
  // A dry run changes nothing, in Tempo too.
  if (document.drill.mode === "dry-run") return;
  const resultsDir = path.dirname(files.envPath);
  const links = { evidenceFile: fileName(files.jsonPath), evidenceSha256: serializeDocument(document).sha256 };
  await traceDrill(resultsDir, document.drill, spanTreeOf(document, links), say);
  await sendTraces(resultsDir, doorOf(environment, primaryAfter(document)), say);
}
