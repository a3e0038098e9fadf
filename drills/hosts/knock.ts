/** What a port says to whoever connects. */
export type PortState = "open" | "refused" | "silent";

const KNOCK_SECONDS = 3;
const END = "end";
const NO_BASH = "no bash";

/** A script for the host that asks: each port of `address` with its state, then an end mark. Silence is asked once more. */
export function knockScript(address: string, ports: readonly number[]): string {
  return [
    `LC_ALL=C; export LC_ALL; a='${address.replaceAll("'", "")}'`,
    `command -v bash >/dev/null || { echo '${NO_BASH}'; exit 0; }`,
    `for p in ${ports.join(" ")}; do ( for again in 1 2; do`,
    `said=$(timeout ${KNOCK_SECONDS} bash -c "exec 3<>/dev/tcp/$a/$p" 2>&1)`,
    'case "$?:$said" in 0:*) s=open; break;; *refused*) s=refused; break;; *) s=silent;; esac',
    `done; echo "$p $s" ) & done; wait; echo ${END}`,
  ].join("\n");
}

/** What such a script printed, by port. @throws Error when it has not come to its end, or could not knock */
export function parseKnocks(printed: string): ReadonlyMap<number, PortState> {
  const lines = printed.trim().split("\n");
  if (lines.at(-1) !== END) {
    throw new Error(printed.trim() === NO_BASH ? "there is no bash to try the ports with" : "the answer was truncated");
  }
  return new Map(lines.slice(0, -1).map((line) => [Number(line.split(" ")[0]), line.split(" ")[1] as PortState]));
}
