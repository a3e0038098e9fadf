/**
 * What is decided by the words of Pulumi's engine: for neither has it an exit code or a field in its events. The tool chain
 * pins its version, and `tests/contract/engine-words.test.ts` hears the words from the engine itself.
 */

/**
 * Another engine holds the stack, or one that died in the middle did. Of a backend of files and of an object store these
 * are words; Pulumi Cloud answers with a code, which the engine repeats.
 */
export function saysLocked(complaint: string): boolean {
  return complaint.includes("the stack is currently locked by") || complaint.includes("[409]");
}

/** Who holds the locks that the engine complains of, as it says below its complaint; empty where it says nobody. */
export function lockHolders(said: string): string {
  return [...said.matchAll(/created by \S.* at \S+/g)].map(([words]) => words).join("; ");
}

/** The stack is there and its state cannot be read. */
export function saysUnreadable(complaint: string): boolean {
  return complaint.includes("failed to load checkpoint");
}
