import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";

/** An S3 server of the tool chain, not the service of that name; its objects are gone with it. */
export class S3StandIn {
  private constructor(
    private readonly child: ChildProcessByStdio<Writable, Readable, null>,
    private readonly address: string,
    private readonly bucket: string,
  ) {}

  /** Starts one with one bucket; the tools must be on this process's PATH. @throws Error when it does not start */
  static async start(bucket: string): Promise<S3StandIn> {
    const child = spawn("s3-stand-in", [bucket], { stdio: ["pipe", "pipe", "inherit"] });
    const [line] = (await Promise.race([once(child.stdout, "data"), once(child, "close")])) as [unknown];
    if (!Buffer.isBuffer(line)) throw new Error("s3-stand-in did not start: toolchain/setup.sh --only checkers");
    return new S3StandIn(child, line.toString().trim(), bucket);
  }

  /** The backend's URL, as `pulumi login` takes it. */
  get backend(): string {
    return `s3://${this.bucket}?endpoint=http://${this.address}&s3ForcePathStyle=true`;
  }

  /** The keys of the objects whose key begins so. */
  async keys(prefix: string): Promise<readonly string[]> {
    const answer = await fetch(`http://${this.address}/${this.bucket}?list-type=2&prefix=${prefix}`);
    return [...(await answer.text()).matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = ""]) => key);
  }

  /** The content of one object; empty where there is none. */
  async text(key: string): Promise<string> {
    const answer = await fetch(`http://${this.address}/${this.bucket}/${key}`);
    return answer.ok ? answer.text() : "";
  }

  /** Everything that the bucket has, as one text. */
  async everything(): Promise<string> {
    const texts = (await this.keys("")).map((key) => this.text(key));
    return (await Promise.all(texts)).join("\n");
  }

  /** Ends the server. */
  async stop(): Promise<void> {
    this.child.stdin.end();
    await text(this.child.stdout);
  }
}
