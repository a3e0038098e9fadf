import { Worker } from "node:worker_threads";

/** Keeps this process from everything else for so long, as work of its own or a machine without a free processor does. */
export function keepBusy(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Somebody else, who answers after so long, whatever this process does. */
export function answerAfter(milliseconds: number): {
  readonly answer: Promise<unknown>;
  readonly end: () => Promise<number>;
} {
  const text = `setTimeout(() => require("node:worker_threads").parentPort.postMessage("here"), ${milliseconds})`;
  const worker = new Worker(text, { eval: true });
  const answer = new Promise((resolve) => worker.once("message", resolve));
  return { answer, end: () => worker.terminate() };
}
