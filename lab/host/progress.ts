/** Receives one finished line of progress; the command line writes it to stderr. */
export type Progress = (line: string) => void;

/** One part of the lab that is looked at and, when it is not as it should be, repaired alone. */
export interface Part {
  readonly name: string;
  /** Looks at reality. Returns what is wrong, or undefined when the part is as it should be. */
  readonly inspect: () => Promise<string | undefined>;
  /** Makes the part as it should be; throws LabError when it cannot. */
  readonly repair: () => Promise<void>;
}

/** Seconds with one decimal, as progress lines show them. */
export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** Inspects one part, repairs it when needed, and reports both in one line with the time they took. */
export async function ensurePart(part: Part, progress: Progress): Promise<void> {
  const began = performance.now();
  const fault = await part.inspect();
  if (fault !== undefined) await part.repair();
  const what = fault === undefined ? "as it should be" : `made (${fault})`;
  progress(`${part.name.padEnd(22)} ${seconds(performance.now() - began).padStart(7)}  ${what}`);
}
