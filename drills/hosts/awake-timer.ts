/** So long at most is counted at a time, milliseconds: what a turn took beyond that, this process did not listen. */
const TICK_MS = 100;

/**
 * A timer for how long somebody else may be silent. It counts the time in which this process listened: while that was busy
 * with its own work, or was not given a processor, answers lay unread, and that is nobody's silence but its own. A timer
 * of Node's that is due runs before what has arrived meanwhile is read.
 */
export class AwakeTimer {
  readonly #act: () => void;
  readonly #milliseconds: number;
  #left: number;
  #over = false;
  #timer: NodeJS.Timeout | undefined;
  #last: NodeJS.Immediate | undefined;

  /** Begins to count. @param act runs once, when `milliseconds` have been listened through */
  constructor(milliseconds: number, act: () => void) {
    this.#act = act;
    this.#milliseconds = milliseconds;
    this.#left = milliseconds;
    this.#tick();
  }

  /** Begins again from the whole time. After `cancel`, and after it has acted, nothing. */
  refresh(): void {
    if (this.#over) return;
    this.#stop();
    this.#left = this.#milliseconds;
    this.#tick();
  }

  /** Ends it; it never acts then. */
  cancel(): void {
    this.#over = true;
    this.#stop();
  }

  #stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#last);
  }

  #tick(): void {
    const next = Math.min(TICK_MS, this.#left);
    this.#timer = setTimeout(() => {
      this.#left -= next;
      // Once more through what has arrived, before it counts as silence.
      if (this.#left > 0) this.#tick();
      else
        this.#last = setImmediate(() => {
          this.#over = true;
          this.#act();
        });
    }, next);
  }
}

/** A signal that is aborted once `milliseconds` have been listened through, with an error whose name is `TimeoutError`. */
export function awakeSignal(milliseconds: number): { readonly signal: AbortSignal; readonly cancel: () => void } {
  const ended = new AbortController();
  const timer = new AwakeTimer(milliseconds, () =>
    ended.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError")),
  );
  return { signal: ended.signal, cancel: () => timer.cancel() };
}
