import { randomBytes } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import type { EnvValues } from "../env-contract";
import { messageOf, UserError } from "../../settings/user-error";
import { isSameDrill, type AcceptedEvidence } from "./accepted-evidence";

interface LedgerLine extends AcceptedEvidence {
  /** Random: tells two lines of the same moment apart. */
  readonly mark: string;
}

const LINE = /^(\S+Z) (execute|dry-run) ([A-Za-z0-9._-]{1,64}) ([0-9a-f]{64}) ([0-9a-f]{16})$/;

/**
 * Reads a ledger; one that is not there yet is empty.
 * @throws UserError naming the line, when the file cannot be read or is not a ledger: then nothing can be accepted
 */
export async function readLedger(path: string): Promise<readonly LedgerLine[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw ledgerError(path, `cannot be read: ${messageOf(thrown)}`);
  }
  if (text !== "" && !text.endsWith("\n")) throw ledgerError(path, "is damaged: its last line has no end");
  return text
    .split("\n")
    .slice(0, -1)
    .map((line, index) => {
      const [, at, mode, id, sha256, mark] = LINE.exec(line) ?? [];
      if (at === undefined || mode === undefined || id === undefined || sha256 === undefined || mark === undefined) {
        throw ledgerError(path, `is damaged: line ${index + 1} is not TIME MODE ID SHA256 MARK`);
      }
      return { at, mode, id, sha256, mark };
    });
}

/**
 * Enters evidence that keeps every other rule, and resolves to the entry of the same drill that was there first:
 * undefined when it is this one. Of gates that enter it at the same moment exactly one is first.
 * @throws UserError when the ledger cannot be written: then the evidence must not be accepted
 */
export async function enterLedger(path: string, env: EnvValues, now: Date): Promise<AcceptedEvidence | undefined> {
  const mark = randomBytes(8).toString("hex");
  const words = [now.toISOString(), env.FAILOVER_MODE, env.FAILOVER_ID, env.FAILOVER_EVIDENCE_SHA256, mark];
  try {
    const file = await open(path, "a");
    try {
      await file.write(`${words.join(" ")}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (thrown) {
    throw ledgerError(path, `cannot be written: ${messageOf(thrown)}`);
  }
  const first = (await readLedger(path)).find((entry) => isSameDrill(entry, env));
  return first?.mark === mark ? undefined : first;
}

function ledgerError(path: string, what: string): UserError {
  return new UserError(`the ledger of accepted evidence ${path} ${what}`, `correct ${path}, or name another`, 2);
}
