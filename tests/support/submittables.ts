import type { Connection, Submittable } from "pg";

/** What `pg` has of COPY, and does not declare. */
interface CopyFrom {
  endCopyFrom(): void;
  sendCopyFromChunk(chunk: Buffer): void;
}

/** A COPY that has sent a row, and ends when it is told to. */
export class OpenCopy implements Submittable {
  readonly #ended = Promise.withResolvers<undefined>();
  /** Fulfils when the server has taken it all. */
  readonly ended = this.#ended.promise;
  #connection: CopyFrom | undefined;

  submit(connection: Connection): void {
    connection.query("copy understudy.events (run, seq) from stdin");
  }

  handleCopyInResponse(connection: Connection): void {
    this.#connection = connection as unknown as CopyFrom;
    this.#connection.sendCopyFromChunk(Buffer.from("copied\t1\n"));
  }

  end(): void {
    this.#connection?.endCopyFrom();
  }

  handleError(error: Error): void {
    this.#ended.reject(error);
  }

  handleCommandComplete(): void {
    this.#ended.resolve(undefined);
  }

  handleReadyForQuery(): void {
    // Told by the command's end.
  }
}

/** Two statements that are sent at once, with one Sync behind both: the second waits at the server for the first. */
export class Pipeline implements Submittable {
  readonly #ended = Promise.withResolvers<undefined>();
  /** Fulfils when both were executed. */
  readonly ended = this.#ended.promise;
  #left = 2;

  constructor(private readonly texts: readonly [string, string]) {}

  submit(connection: Connection): void {
    for (const text of this.texts) {
      connection.parse({ name: "", text, types: [] }, true);
      connection.bind({}, true);
      connection.execute(null, true);
    }
    connection.sync();
  }

  handleDataRow(): void {
    // Nobody reads them.
  }

  handleError(error: Error): void {
    this.#ended.reject(error);
  }

  handleCommandComplete(): void {
    this.#left -= 1;
    if (this.#left === 0) this.#ended.resolve(undefined);
  }

  handleReadyForQuery(): void {
    // Told by the second command's end.
  }
}
