import { appendFileSync, mkdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";

/** Longest part of a line in one entry, as the engine cuts it, bytes. */
const PART = 16_384;

/** A log as Docker's driver `json-file` writes it, below a folder of containers. */
export class EngineLog {
  readonly #file: string;
  #last = 0n;

  constructor(
    folder: string,
    readonly id: string,
  ) {
    mkdirSync(path.join(folder, id), { recursive: true });
    this.#file = path.join(folder, id, `${id}-json.log`);
  }

  /** Appends lines, a long one in parts, each with a time of its own. */
  write(...lines: readonly string[]): void {
    for (const line of lines) {
      const whole = `${line}\n`;
      for (let from = 0; from < whole.length; from += PART)
        appendFileSync(this.#file, this.#entry(whole.slice(from, from + PART)));
    }
  }

  /** As the driver at the size that it rotates at; two former files are kept. */
  rotate(): void {
    rmSync(`${this.#file}.2`, { force: true });
    try {
      renameSync(`${this.#file}.1`, `${this.#file}.2`);
    } catch {
      // There was one file so far.
    }
    renameSync(this.#file, `${this.#file}.1`);
  }

  #entry(log: string): string {
    const now = BigInt(Date.now()) * 1_000_000n;
    this.#last = now > this.#last ? now : this.#last + 1n;
    const [ms, ns] = [this.#last / 1_000_000n, this.#last % 1_000_000n];
    const time = new Date(Number(ms)).toISOString().replace("Z", `${String(ns).padStart(6, "0")}Z`);
    return `${JSON.stringify({ log, stream: "stdout", time })}\n`;
  }
}
