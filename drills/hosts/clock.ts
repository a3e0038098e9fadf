import { roundToMicrosecond } from "../../evidence/probe-summary";

/** Milliseconds since the drill's zero, to the microsecond. */
export type Clock = () => number;

/**
 * A clock that counts from the drill's zero. `process.hrtime` reads CLOCK_MONOTONIC, which all processes of one
 * machine share, so another process' reading can be the zero.
 * @throws Error when the zero lies in the future: it was read on another machine, or before a reboot
 */
export function clockFrom(originNs: string): Clock {
  const origin = BigInt(originNs);
  if (origin > process.hrtime.bigint()) {
    throw new Error(`originNs ${originNs} lies in the future of this machine's monotonic clock`);
  }
  return () => roundToMicrosecond(Number(process.hrtime.bigint() - origin) / 1e6);
}

/**
 * Monotonic time of one drill: milliseconds since its origin, to the microsecond. The origin is a reading of the
 * machine's monotonic clock, so that other processes on the same machine can measure on the same scale.
 */
export class DrillClock {
  constructor(readonly originNs: string) {}

  static start(): DrillClock {
    return new DrillClock(process.hrtime.bigint().toString());
  }

  /** Milliseconds since the origin; never negative. */
  now(): number {
    return Math.max(0, Math.round(Number(process.hrtime.bigint() - BigInt(this.originNs)) / 1000) / 1000);
  }
}
