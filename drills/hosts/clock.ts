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
