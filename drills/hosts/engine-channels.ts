import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { Duplex } from "node:stream";

/** Begins a process whose stdin and stdout lead to an engine. */
export type Dial = () => ChildProcessWithoutNullStreams;

/** So many requests to one engine are sent beside each other without waiting for a channel of another one. */
const AT_ONCE = 2;
/**
 * How long a further request waits for a channel, milliseconds: to begin one takes no less. Then it is given one of its
 * own: the others may wait for an engine that is frozen, or that was a moment ago.
 */
const PATIENCE_MS = 250;
/** How long a channel is kept that nobody uses, milliseconds. Of an older one nobody knows whether the way is still there. */
const IDLE_MS = 2000;

/** What keeps a process alive, or does not. The types of a child's pipes do not say that they are such. */
interface Handle {
  ref(): void;
  unref(): void;
}

/**
 * A process whose stdin and stdout lead to an engine, which takes one HTTP request after the other. To begin one costs a
 * process on either side, and this process stands still meanwhile.
 */
class Channel {
  /** Why it ended badly. */
  failure: Error | undefined;
  ended = false;
  #atEnd: () => void = () => undefined;

  constructor(readonly child: ChildProcessWithoutNullStreams) {
    const complaint: Buffer[] = [];
    this.child.stderr.on("data", (chunk: Buffer) => complaint.push(chunk));
    this.child.on("exit", (code) => {
      if (code) this.failure = new Error(`ssh ended with ${code}: ${Buffer.concat(complaint).toString().trim()}`);
      this.#end();
    });
    this.child.on("error", (error) => {
      this.failure = error;
      this.#end();
    });
  }

  /** Hears of its end, in place of whoever did before. */
  atEnd(act: () => void): void {
    this.#atEnd = act;
  }

  #end(): void {
    this.ended = true;
    this.#atEnd();
  }

  /** Where OpenSSH multiplexes, its master keeps the other ends for as long as a frozen engine says nothing. */
  kill(): void {
    this.ended = true;
    this.child.kill();
    for (const one of [this.child.stdin, this.child.stdout, this.child.stderr]) one.destroy();
  }

  /** Whether it keeps this process alive. */
  count(counts: boolean): void {
    const { stdin, stdout, stderr } = this.child;
    const handles: readonly unknown[] = [this.child, stdin, stdout, stderr];
    for (const one of handles as readonly Handle[])
      if (counts) one.ref();
      else one.unref();
  }
}

/** A channel for as long as one connection of an HTTP agent has it. */
export interface Lease {
  readonly stream: Duplex;
  /** The request is over, and the channel is good for another one. The stream is destroyed by whoever calls this. */
  readonly giveBack: () => void;
  /** Ends the channel. */
  readonly end: () => void;
}

interface Waiter {
  readonly take: (lease: Lease) => void;
  readonly timer: NodeJS.Timeout;
}

/** The channels of this process to one engine. */
class EngineChannels {
  readonly #idle: { channel: Channel; timer: NodeJS.Timeout }[] = [];
  readonly #waiting: Waiter[] = [];
  #lent = 0;

  constructor(private readonly dial: Dial) {}

  /** Lends a channel, as soon as one is free or has been begun. @returns what calls that off */
  ask(take: (lease: Lease) => void): () => void {
    const idle = this.#idle.pop();
    if (idle !== undefined) {
      clearTimeout(idle.timer);
      idle.channel.count(true);
      this.#lend(idle.channel, take);
      return () => undefined;
    }
    if (this.#lent < AT_ONCE) {
      this.#lend(new Channel(this.dial()), take);
      return () => undefined;
    }
    const waiter: Waiter = { take, timer: setTimeout(() => this.#begin(waiter), PATIENCE_MS) };
    this.#waiting.push(waiter);
    return () => this.#forget(waiter);
  }

  #begin(waiter: Waiter): void {
    this.#forget(waiter);
    this.#lend(new Channel(this.dial()), waiter.take);
  }

  /** A channel has gone: whoever waits may have another one. */
  #goOn(): void {
    const [next] = this.#waiting;
    if (next !== undefined && this.#lent < AT_ONCE) this.#begin(next);
  }

  #forget(waiter: Waiter): void {
    clearTimeout(waiter.timer);
    const at = this.#waiting.indexOf(waiter);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  #lend(channel: Channel, take: (lease: Lease) => void): void {
    this.#lent += 1;
    let counts = true;
    const uncount = (): void => {
      if (counts) this.#lent -= 1;
      counts = false;
    };
    let back = false;
    const { stream, detach } = childStream(channel.child);
    channel.atEnd(() => {
      if (channel.failure !== undefined) stream.destroy(channel.failure);
    });
    const end = (): void => {
      uncount();
      channel.kill();
      this.#goOn();
    };
    // A request that has become a conversation keeps its channel for itself.
    stream.once("agentRemove", () => {
      uncount();
      this.#goOn();
    });
    stream.once("close", () => {
      detach();
      channel.atEnd(() => undefined);
      if (!back || channel.ended) return end();
      uncount();
      this.#takeBack(channel);
    });
    take({ stream: asConnection(stream), giveBack: () => void (back = true), end });
  }

  #takeBack(channel: Channel): void {
    const [next] = this.#waiting;
    if (next !== undefined) {
      this.#forget(next);
      this.#lend(channel, next.take);
      return;
    }
    channel.count(false);
    const drop = (): void => {
      clearTimeout(kept.timer);
      const at = this.#idle.indexOf(kept);
      if (at >= 0) this.#idle.splice(at, 1);
      channel.kill();
    };
    const kept = { channel, timer: setTimeout(drop, IDLE_MS).unref() };
    this.#idle.push(kept);
    channel.atEnd(drop);
  }
}

/**
 * One stream of a child's stdin and stdout, for who takes it for a connection. A child that no longer listens may still
 * have an answer on its way, so only the end of what it says ends the stream; what it did not want to hear is no error.
 */
export function childStream({ stdin, stdout }: ChildProcessWithoutNullStreams): {
  readonly stream: Duplex;
  /** Leaves the child to another stream. */
  readonly detach: () => void;
} {
  const stream = new Duplex({
    allowHalfOpen: false,
    read: () => stdout.resume(),
    write: (chunk: Buffer, encoding, done) => {
      if (stdin.writable) stdin.write(chunk, encoding, () => done());
      else done();
    },
    final: (done) => {
      stdin.end();
      done();
    },
  });
  const said = (chunk: Buffer): void => {
    if (!stream.push(chunk)) stdout.pause();
  };
  const over = (): void => void stream.push(null);
  const broken = (error: Error): void => void stream.destroy(error);
  if (stdin.listenerCount("error") === 0) stdin.on("error", () => undefined);
  stdout.on("data", said).on("end", over).on("error", broken);
  const detach = (): void => void stdout.off("data", said).off("end", over).off("error", broken);
  return { stream, detach };
}

/** What a request sets of its connection means nothing to a child's pipes. */
function asConnection(stream: Duplex): Duplex {
  return Object.assign(stream, {
    setKeepAlive: () => stream,
    setNoDelay: () => stream,
    ref: () => stream,
    unref: () => stream,
    setTimeout: () => stream,
  });
}

const ALL = new Map<string, EngineChannels>();

/** The channels to one engine, shared by everybody in this process. @param engine by which it is told from another one */
export function channelsTo(engine: string, dial: Dial): EngineChannels {
  const channels = ALL.get(engine) ?? new EngineChannels(dial);
  ALL.set(engine, channels);
  return channels;
}
