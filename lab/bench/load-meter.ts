/** What the load beside the probe got done. */
export interface LoadDone {
  readonly seconds: number;
  readonly pgbenchTransactions: number;
  readonly redisBenchmarkRequests: number;
}

/** Counts what pgbench (`-P 1`: one line a second) and the burst loop of redis-benchmark say of themselves. */
export class LoadMeter {
  #transactions = 0;
  #requests = 0;

  /** Takes one line of their output; a line of another kind counts for nothing. */
  read(line: string): void {
    const perSecond = /^progress: [\d.]+ s, ([\d.]+) tps/.exec(line)?.[1];
    if (perSecond !== undefined) this.#transactions += Number(perSecond);
    const requests = /^requests=(\d+)$/.exec(line)?.[1];
    if (requests !== undefined) this.#requests += Number(requests);
  }

  /** True when both have got something done. */
  get bothRun(): boolean {
    return this.#transactions > 0 && this.#requests > 0;
  }

  /** @param seconds how long the load has run */
  done(seconds: number): LoadDone {
    return {
      seconds: Math.round(seconds),
      pgbenchTransactions: Math.round(this.#transactions),
      redisBenchmarkRequests: this.#requests,
    };
  }
}
