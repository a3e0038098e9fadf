/** Keeps this process from everything else for so long, as work of its own or a machine without a free processor does. */
export function keepBusy(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
