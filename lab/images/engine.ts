import { finished } from "node:stream/promises";
import Docker from "dockerode";
import { z } from "zod";

/** One JSON line of a build's, an import's or a push's answer; the fields that are read here. */
const lineSchema = z.object({
  error: z.string().optional(),
  stream: z.string().optional(),
  aux: z.object({ Digest: z.string().optional() }).optional(),
});

type AnswerLine = z.infer<typeof lineSchema>;

/**
 * Reads an engine's answer of JSON lines.
 * @throws Error in the engine's words when one of them is an error.
 */
export function readAnswer(text: string): readonly AnswerLine[] {
  const lines = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => lineSchema.parse(JSON.parse(line)));
  const fault = lines.find((line) => line.error !== undefined)?.error;
  if (fault === undefined) return lines;
  const said = lines.map((line) => line.stream ?? "").join("");
  throw new Error([...said.trim().split("\n").slice(-3), fault.trim()].filter((line) => line !== "").join(" | "));
}

async function drain(stream: NodeJS.ReadableStream): Promise<readonly AnswerLine[]> {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  await finished(stream);
  return readAnswer(Buffer.concat(chunks).toString("utf8"));
}

/** The engine that builds the lab's images, on a Unix socket. */
export class BuildEngine {
  private readonly docker: Docker;
  private readonly socketPath: string;

  /** @param dockerHost such as `unix:///run/docker.sock` */
  constructor(dockerHost: string) {
    this.socketPath = dockerHost.replace(/^unix:\/\//, "");
    this.docker = new Docker({ socketPath: this.socketPath });
  }

  /** Digest that a registry has for a reference, as the engine sees it; undefined when it has none or says nothing. */
  async digestOf(reference: string, timeoutMs: number): Promise<string | undefined> {
    const bounded = new Docker({ socketPath: this.socketPath, timeout: timeoutMs });
    try {
      return (await bounded.getImage(reference).distribution()).Descriptor.digest;
    } catch {
      return undefined;
    }
  }

  async hasImage(name: string): Promise<boolean> {
    return (await this.docker.listImages({ filters: { reference: [name] } })).length > 0;
  }

  /** Makes an image with one layer out of a tar of a root folder. */
  async importRoot(file: string, repo: string, tag: string): Promise<void> {
    await drain(await this.docker.importImage(file, { repo, tag }));
  }

  /** Builds without network, with the classic builder; every file of `context` goes along. */
  async build(
    context: string,
    files: readonly string[],
    name: string,
    buildargs: Record<string, string>,
  ): Promise<void> {
    const source = { context, src: [...files] };
    await drain(await this.docker.buildImage(source, { t: name, buildargs, networkmode: "none", forcerm: true }));
  }

  /** Pushes `repository:tag` and returns the digest the registry gave it. */
  async push(repository: string, tag: string): Promise<string> {
    const authconfig = { username: "", password: "", serveraddress: "" };
    const lines = await drain(await this.docker.getImage(repository).push({ tag, authconfig }));
    const digest = lines.find((line) => line.aux?.Digest !== undefined)?.aux?.Digest;
    if (digest === undefined) throw new Error(`the registry gave ${repository}:${tag} no digest`);
    return digest;
  }
}
