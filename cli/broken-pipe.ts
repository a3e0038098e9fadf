/** What a shell says of a program that SIGPIPE has ended: 128 and the signal's number. */
const BROKEN_PIPE_EXIT_CODE = 141;

const gone = new AbortController();

/** Aborted once nobody reads stdout any more. A verb that goes on only to print more ends then. */
export const readerGone: AbortSignal = gone.signal;

function isBrokenPipe({ code }: NodeJS.ErrnoException): boolean {
  return code === "EPIPE" || code === "ERR_STREAM_DESTROYED";
}

/**
 * Lets whoever reads stdout or stderr leave early, as `head` does, without a complaint. What a verb has begun it completes: a drill is
 * not left halfway because its progress is read no more. A verb that would have exited 0, but whose stdout was not read to its end, exits
 * 141; its own code stands when it is another.
 * @throws Error, as before, for every other failure of a stream, such as a full disk behind it
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (!isBrokenPipe(error)) throw error;
      if (stream === process.stdout) gone.abort();
    });
  }
  process.on("exit", (code) => {
    if (readerGone.aborted && code === 0) process.exitCode = BROKEN_PIPE_EXIT_CODE;
  });
}
