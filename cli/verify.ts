import { Command, Option } from "commander";
import { isNonce } from "../evidence/env-contract";
import { readVerifyingKey } from "../evidence/attestation/key-files";
import { readBundle } from "../evidence/attestation/read-bundle";
import { bundlePath } from "../evidence/write-evidence";
import { readEvidence, type EvidenceReading } from "../evidence/read-evidence";
import { readStackEvidence } from "../evidence/stack-output";
import { pendingOperations, type PendingOperation } from "../evidence/pending-operations";
import { messageOf, UserError } from "../settings/user-error";
import { acceptOnce } from "../evidence/verify/accept-once";
import { exitCodeOf, verdictJson, verdictText } from "../evidence/verify/render-verdict";
import type { Expectations } from "../evidence/verify/rule";
import { exportWithPulumi, readWithPulumi, type StackReader } from "../operator/verify/stack-reader";
import { verifyEvidence, type Verdict } from "../evidence/verify/verify-evidence";
import { verifySignedEvidence } from "../evidence/verify/verify-signed";

/** What the verb touches of the outside world; the defaults are the real ones. */
export interface VerifyEdges {
  readonly readStack: StackReader;
  readonly exportStack: StackReader;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly setExitCode: (code: number) => void;
  readonly now: () => Date;
}

interface VerifyOptions {
  readonly evidence?: string;
  readonly stack?: string;
  readonly mode: "dry-run" | "execute";
  readonly maxFailoverSeconds?: string;
  readonly maxClientErrors?: string;
  readonly maxDataLagEvents?: string;
  readonly nonce?: string;
  readonly storesOnly?: boolean;
  readonly maxAgeSeconds?: string;
  readonly key?: string;
  readonly bundle?: string;
  readonly seenFile?: string;
  readonly output: "text" | "json";
}

const REAL_EDGES: VerifyEdges = {
  readStack: readWithPulumi,
  exportStack: exportWithPulumi,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  setExitCode: (code) => {
    process.exitCode = code;
  },
  now: () => new Date(),
};

const EXAMPLE = `
Examples:
  understudy verify --evidence docs/results/failover_result.env --max-failover-seconds 60 --max-data-lag-events 0
  understudy verify --evidence docs/results/failover_result.env --max-failover-seconds 60 --max-data-lag-events 0 --key signing-key.pub.pem
`;

/**
 * `understudy verify`: holds a drill's evidence against every rule, the given thresholds and, with a key, its signature.
 * Exit code 0 accepted, 1 refused, 2 nothing could be verified or bad usage.
 */
export function verifyCommand(edges: Partial<VerifyEdges> = {}): Command {
  const world = { ...REAL_EDGES, ...edges };
  return new Command("verify")
    .description(
      "check a drill's evidence against every rule (exit 0 accepted, 1 refused, 2 nothing could be verified)",
    )
    .option("--evidence <file>", "the .env evidence file; its JSON lies beside it")
    .option("--stack <name>", "the stack whose output is the evidence; refused while it has pending operations")
    .addOption(
      new Option("--mode <mode>", "the mode that is asked for").choices(["execute", "dry-run"]).default("execute"),
    )
    .option("--max-failover-seconds <n>", "longest duration, and longest outage, that is accepted")
    .option(
      "--max-client-errors <n>",
      "for each store, most statements of ordinary clients that ended in an error; refused where none was measured",
    )
    .option("--max-data-lag-events <n>", "greatest number of missing events that is accepted")
    .option("--nonce <text>", "the nonce that the evidence must carry")
    .option("--stores-only", "accept a drill of the two stores only, too")
    .option("--max-age-seconds <n>", "refuse evidence of a drill that ended longer ago")
    .option("--key <file>", "the public key, PEM, by which the evidence must be signed")
    .option("--bundle <file>", "the signature (default: the .sigstore.json beside the .env file); needs --key")
    .option(
      "--seen-file <file>",
      "a ledger of this gate: refuse a drill that it names, add one that is accepted (made when it is not there)",
    )
    .addOption(new Option("--output <format>", "how to print the verdict").choices(["text", "json"]).default("text"))
    .addHelpText("before", EXAMPLE.trimStart())
    .action(async (options: VerifyOptions) => {
      const verdict = await verdictFor(options, world);
      const data = options.output === "json" || verdict.verdict !== "unverifiable";
      const text = options.output === "json" ? verdictJson(verdict) : verdictText(verdict);
      (data ? world.out : world.err)(`${text}\n`);
      world.setExitCode(exitCodeOf(verdict));
    });
}

async function verdictFor(options: VerifyOptions, world: VerifyEdges): Promise<Verdict> {
  const expectations = expectationsOf(options, world.now());
  if (typeof expectations === "string") return badUsage(expectations);
  if ((options.evidence === undefined) === (options.stack === undefined)) {
    return badUsage("give the evidence once: --evidence FILE or --stack NAME");
  }
  const reading =
    options.stack === undefined ? await readEvidence(options.evidence ?? "") : await fromStack(options.stack, world);
  const judge = (known: Expectations): Promise<Verdict> =>
    options.key === undefined && options.bundle === undefined
      ? Promise.resolve(verifyEvidence(reading, known))
      : signedVerdict(options, reading, known);
  if (options.seenFile === undefined) return judge(expectations);
  return acceptOnce(options.seenFile, world.now(), (accepted) => judge({ ...expectations, accepted }));
}

async function signedVerdict(
  { key, bundle, evidence }: VerifyOptions,
  reading: EvidenceReading,
  expectations: Expectations,
): Promise<Verdict> {
  if (key === undefined) return badUsage("--bundle needs the key to verify it with: --key FILE");
  if (!reading.readable) return verifyEvidence(reading, expectations);
  const path = bundle ?? (evidence === undefined ? undefined : bundlePath(evidence));
  if (path === undefined) return badUsage("--key with --stack needs the signature: --bundle FILE");
  try {
    const signature = { key: await readVerifyingKey(key), bundle: await readBundle(path) };
    return verifySignedEvidence(reading, signature, expectations);
  } catch (thrown) {
    if (thrown instanceof UserError) return { verdict: "unverifiable", reason: thrown.message, next: thrown.next };
    throw thrown;
  }
}

async function fromStack(stack: string, world: VerifyEdges): Promise<EvidenceReading> {
  try {
    const output = await ask(stack, "evidence", "output evidence --json", world.readStack);
    const reading = readStackEvidence(stack, output);
    // Asked last, so that an engine that begins meanwhile is seen.
    const state = async (): Promise<readonly PendingOperation[]> => pendingOperations(await world.exportStack(stack));
    const pending = await ask(stack, "state", "export", state);
    return reading.readable ? { ...reading, pendingOperations: pending } : reading;
  } catch (thrown) {
    if (thrown instanceof UserError) return { readable: false, reason: thrown.message, next: thrown.next };
    throw thrown;
  }
}

async function ask<T>(stack: string, what: string, words: string, read: (stack: string) => Promise<T>): Promise<T> {
  try {
    return await read(stack);
  } catch (thrown) {
    const reason = `the ${what} of stack ${stack} cannot be read: ${messageOf(thrown)}`;
    throw new UserError(reason, `pulumi -s ${stack} stack ${words}`, 2);
  }
}

/** What is expected, or what is wrong with the options. */
function expectationsOf(options: VerifyOptions, now: Date): Expectations | string {
  const numbers = {
    "--max-failover-seconds": options.maxFailoverSeconds,
    "--max-data-lag-events": options.maxDataLagEvents,
    "--max-client-errors": options.maxClientErrors ?? "0",
    "--max-age-seconds": options.maxAgeSeconds ?? "0",
  };
  const wrong = Object.entries(numbers).flatMap(([name, text]) => {
    if (text === undefined) return [`${name} is missing`];
    return /^[0-9]{1,15}(\.[0-9]{1,9})?$/.test(text)
      ? []
      : [`${name}=${JSON.stringify(text)} is not a number, 0 or more`];
  });
  if (options.nonce === "" || !isNonce(options.nonce ?? "")) {
    wrong.push("--nonce must be 1 to 128 printable characters without spaces");
  }
  if (wrong.length > 0) return wrong.join("; ");
  return {
    mode: options.mode,
    maxFailoverSeconds: Number(options.maxFailoverSeconds),
    maxDataLagEvents: Number(options.maxDataLagEvents),
    ...(options.storesOnly === true ? { storesOnly: true } : {}),
    ...(options.maxClientErrors === undefined ? {} : { maxClientErrors: Number(options.maxClientErrors) }),
    nonce: options.nonce ?? null,
    freshness: options.maxAgeSeconds === undefined ? null : { maxAgeSeconds: Number(options.maxAgeSeconds), now },
  };
}

function badUsage(reason: string): Verdict {
  return {
    verdict: "unverifiable",
    reason,
    next: "understudy verify --evidence docs/results/failover_result.env --max-failover-seconds 60 --max-data-lag-events 0",
  };
}
