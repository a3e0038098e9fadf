import { finished, PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import type Docker from "dockerode";
import { containerName } from "../../../settings/names";
import type { OtherService } from "../../../settings/services";
import { bounded } from "../bounded";
import type { Trial } from "./trial";

const ASK_MS = 30_000;

/**
 * How each product checks a configuration that it is handed on stdin, without starting anything; Grafana has no such check.
 * Rules and secrets' files are none of it.
 */
export const CHECKS: Readonly<Partial<Record<OtherService, readonly string[]>>> = {
  prometheus: ["promtool", "check", "config", "--syntax-only", "/dev/stdin"],
  alertmanager: ["amtool", "check-config", "/dev/stdin"],
  loki: ["/usr/bin/loki", "-verify-config", "-config.file=/dev/stdin"],
  tempo: ["/tempo", "-config.verify", "-config.file=/dev/stdin"],
};

/** What a check said: null when it took it, else its words. @throws Error when it could not be asked */
export type Check = (content: string) => Promise<string | null>;

/** A configuration as a service would have it, and one setting of the operator's alone in it. */
export interface TrialTexts {
  /** Without anything of the operator's. */
  readonly own: string;
  readonly all: string;
  readonly alone: readonly { readonly name: string; readonly text: string }[];
}

/**
 * What a service's own check says of what is declared. Where it does not take the product's own text, nobody was asked: it is
 * another program, or has no such check. Never throws.
 */
export async function tryService(check: Check, { own, all, alone }: TrialTexts): Promise<Trial> {
  try {
    const before = await check(own);
    if (before !== null) return { kind: "untried", words: before };
    const words = await check(all);
    if (words === null) return { kind: "taken", sharedMemoryMib: null };
    const refused = [];
    for (const { name, text: one } of alone) {
      const said = await check(one);
      if (said !== null) refused.push({ name, words: said });
    }
    return { kind: "refused", words, alone: refused };
  } catch (error) {
    return { kind: "untried", words: error instanceof Error ? error.message : String(error) };
  }
}

/** The check of the service that runs on a host, by its own program; undefined for a product without one. */
export function checkIn(docker: Docker, service: OtherService): Check | undefined {
  const command = CHECKS[service];
  if (command === undefined) return undefined;
  const name = containerName(service);
  return (content) => bounded(`${name}: ${command[0] ?? ""}`, ASK_MS, ask(docker, name, command, content));
}

async function ask(docker: Docker, name: string, command: readonly string[], content: string): Promise<string | null> {
  const exec = await docker.getContainer(name).exec({
    ...{ AttachStdin: true, AttachStdout: true, AttachStderr: true },
    Cmd: [...command],
  });
  const stream = await exec.start({ hijack: true, stdin: true });
  const said = new PassThrough();
  docker.modem.demuxStream(stream, said, said);
  finished(stream, { writable: false }, (error) => {
    if (error) said.destroy(error);
    else said.end();
  });
  stream.end(content);
  const words = await text(said);
  const { ExitCode: code } = await exec.inspect();
  return code === 0 ? null : words.trim();
}
