import { readText } from "../read-evidence";

/** The text of a bundle, not yet judged; or why there is none, and the command that mends it. */
export type BundleReading =
  | { readonly readable: true; readonly text: string }
  | { readonly readable: false; readonly reason: string; readonly next: string };

const LIMIT_BYTES = 1024 * 1024;

/** Reads a bundle. Never throws: a file that is missing, empty, too large, not text or not JSON is unreadable. */
export async function readBundle(path: string): Promise<BundleReading> {
  const unreadable = (reason: string): BundleReading => ({
    readable: false,
    reason,
    next: "understudy verify --evidence FILE.env --key KEY.pem --bundle FILE.sigstore.json",
  });
  const file = await readText(path, LIMIT_BYTES);
  if (!file.ok) return unreadable(file.reason);
  const text = file.bytes.toString("utf8");
  try {
    JSON.parse(text);
  } catch {
    return unreadable(`${path} is truncated or not JSON`);
  }
  return { readable: true, text };
}
