/** A line of output in which a verb says what to do next, or `doctor` what mends a finding. */
const NEXT = /(?:^\s*|; )(?:next|fix):?\s+(.+)$/;

/** The first word of a command that an operator can copy. */
const COMMAND = /(?:^|[\s:])((?:understudy|pulumi|psql|redis-cli|ssh) .*)$/s;

/** Where the command ends and the sentence goes on. */
const PROSE = /,? (?:says|which|once|then|or|and|with) |, /;

/** What stands for the operator's own words. */
const PLACEHOLDER = /"[A-Z][A-Z ]+"/g;
const WORDS = '"the matrix has looked"';

/** Parts of a text between semicolons, those inside quotes apart. */
function parts(text: string): readonly string[] {
  return text.match(/(?:"[^"]*"|'[^']*'|[^;])+/g) ?? [];
}

/** The command in a part, without the sentence around it; undefined when there is none. */
function commandIn(part: string): string | undefined {
  const command = COMMAND.exec(part)?.[1];
  if (command === undefined) return undefined;
  // Quoted words are the command's own, whatever they say.
  const quoted = command.replaceAll(/"[^"]*"|'[^']*'/g, (word) => "x".repeat(word.length));
  const end = PROSE.exec(quoted)?.index ?? command.length;
  return command.slice(0, end).trim();
}

/**
 * The commands that one piece of advice means an operator to run, in order: the first that it names, and those that follow it
 * directly. What comes after a condition, or as another way, is left out.
 */
export function commandsIn(advice: string): readonly string[] {
  const all = parts(advice);
  const first = all.findIndex((part) => commandIn(part) !== undefined);
  if (first < 0) return [];
  const following = all.slice(first + 1);
  const until = following.findIndex((part) => !/^\s*(?:understudy|pulumi|psql|redis-cli|ssh) /.test(part));
  return [all[first] ?? "", ...following.slice(0, until < 0 ? following.length : until)].flatMap(
    (part) => commandIn(part) ?? [],
  );
}

/** Every command that a verb's output advises, in order, each once. */
export function advisedCommands(output: string): readonly string[] {
  const found = output.split("\n").flatMap((line) => commandsIn(NEXT.exec(line)?.[1] ?? ""));
  return [...new Set(found)];
}

/** A command as an operator runs it who has read it: words for what asks for them, yes to what asks, no terminal. */
export function asRun(command: string): string {
  const filled = command.replaceAll(PLACEHOLDER, WORDS);
  if (/^pulumi .*\b(?:up|refresh|destroy)\b/.test(filled)) return `${filled} --yes --skip-preview --non-interactive`;
  return filled;
}

/** Whether a command only tells something: that it exits with 1 says that not all is well. */
export function isInformative(command: string): boolean {
  return /^(?:understudy (?:status|doctor|health|history)|ssh )/.test(command);
}

/** One command that was advised, and how it ended. */
export interface AdvisedCommand {
  /** Who advised it: the drill's output, the status, or the command before. */
  readonly by: "drill" | "status" | "command";
  readonly command: string;
  /** Null when it did not end in time. */
  readonly exitCode: number | null;
}

/** What came of the advice after a cell. */
export interface Advice {
  readonly ran: readonly AdvisedCommand[];
  /** Whether the pair was whole once all of it had been followed, with no other help. */
  readonly worked: boolean;
  /** What the status says is amiss where it was not. */
  readonly left: string | null;
}

/** Who advised what, with exit codes, for a table. */
export function adviceInWords({ ran, worked }: Advice): string {
  const said = ran.map(({ command, exitCode }) => `${command.replace(/^understudy /, "")} (${exitCode ?? "no end"})`);
  return [...(said.length === 0 ? ["none needed"] : said), ...(worked ? [] : ["**did not help**"])].join(", ");
}
