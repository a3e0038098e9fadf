import { connect } from "node:net";

/** How often a provider that has nothing to do looks for its engine, and after how many refusals it leaves. */
const LOOK_MS = 1000;
const REFUSALS = 2;

let atWork = 0;
let watching = false;

/**
 * Does a resource's work in the provider process, and lets that process outlive an engine that was killed: what has begun
 * is brought to its end, in the cut above all. An engine that is killed takes none of its plugins along, so the process
 * leaves by itself once it has nothing to do.
 */
export async function underEngine<T>(work: () => Promise<T>): Promise<T> {
  watchEngine(process.argv[2]);
  atWork += 1;
  try {
    return await work();
  } finally {
    atWork -= 1;
  }
}

/** @param address where the engine listens, `host:port`, as it tells its plugins in their first argument */
function watchEngine(address: string | undefined): void {
  if (watching) return;
  watching = true;
  // Nobody reads what is written any more. Pulumi's provider writes every error that nobody handles to stderr: unhandled,
  // the error of that very writing would keep it busy for good.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  const [, host, port] = /^(.+):(\d+)$/.exec(address ?? "") ?? [];
  if (host === undefined) return;
  let refusals = 0;
  const look = async (): Promise<void> => {
    refusals = (await refuses(host, Number(port))) ? refusals + 1 : 0;
    if (refusals >= REFUSALS && atWork === 0) process.exit(0);
  };
  setInterval(() => void look(), LOOK_MS).unref();
}

function refuses(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
      .on("connect", () => {
        socket.destroy();
        resolve(false);
      })
      .on("error", ({ code }: NodeJS.ErrnoException) => resolve(code === "ECONNREFUSED"));
  });
}
