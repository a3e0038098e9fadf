import { availableParallelism, cpus, release, totalmem, type } from "node:os";

/** The machine of a benchmark, without a name or an address of it. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryMib: number;
  readonly kernel: string;
  readonly node: string;
}

/** Describes the machine this process runs on. */
export function describeMachine(): Machine {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? "unknown",
    memoryMib: Math.round(totalmem() / 1024 / 1024),
    kernel: `${type()} ${release()}`,
    node: process.version,
  };
}
