import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import path from "node:path";

const PROGRAM = "prometheus-alertmanager";
/** Where Debian's program looks for its templates; it does not start without them. */
const TEMPLATES = "/usr/share/prometheus/alertmanager/default.tmpl";

/**
 * Starts Debian's Alertmanager, which set-up takes out of its package without installing it. Where the package is not
 * installed, its shared files are laid over this machine's for this process alone.
 */
export function spawnAlertmanager(
  words: readonly string[],
): ChildProcess & { readonly stdout: NodeJS.ReadableStream; readonly stderr: NodeJS.ReadableStream } {
  const program = realpathSync(execFileSync("sh", ["-c", `command -v ${PROGRAM}`], { encoding: "utf8" }).trim());
  const stdio: ["ignore", "pipe", "pipe"] = ["ignore", "pipe", "pipe"];
  if (existsSync(TEMPLATES)) return spawn(program, words, { stdio });
  const share = path.resolve(path.dirname(program), "../share");
  const mount = 'mount -t overlay overlay -o "lowerdir=$1:/usr/share" /usr/share && shift && exec "$@"';
  return spawn("unshare", ["--mount", "sh", "-c", mount, "sh", share, program, ...words], { stdio });
}
