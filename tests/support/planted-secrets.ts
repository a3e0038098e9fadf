import { randomBytes } from "node:crypto";
import { globSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A secret that is in use nowhere else, so that whatever holds it has it from here. */
export function plantedSecret(name: string): string {
  return `planted-${name}-${randomBytes(9).toString("hex")}`;
}

/** The forms in which a secret may be seen: as it is, and in base64 at each of the three places of a longer text. */
export function formsOf(secret: string): readonly string[] {
  const within = [0, 1, 2].map((shift) => {
    const encoded = Buffer.from("x".repeat(shift) + secret).toString("base64");
    // What a neighbour's bits may be in, at both ends, is left out.
    return encoded.slice(shift === 0 ? 0 : 4, -4);
  });
  const [hex, url] = [Buffer.from(secret).toString("hex"), encodeURIComponent(secret)];
  return [...new Set([secret, hex, url, ...within])];
}

/** The names of the secrets that are in `text`, in whatever form. */
export function secretsIn(text: string, secrets: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(secrets).flatMap(([name, secret]) =>
    formsOf(secret).some((form) => text.includes(form)) ? [name] : [],
  );
}

/** Every file below `folder` that holds one, as `PATH: NAMES`; `except` are the places that are meant for them. */
export function filesWithSecrets(
  folder: string,
  secrets: Readonly<Record<string, string>>,
  except: (file: string) => boolean = () => false,
): readonly string[] {
  return globSync("**", { cwd: folder, withFileTypes: true })
    .filter((one) => one.isFile() && !except(path.join(one.parentPath, one.name)))
    .flatMap((one) => {
      const file = path.join(one.parentPath, one.name);
      const found = secretsIn(readOrNothing(file), secrets);
      return found.length === 0 ? [] : [`${path.relative(folder, file)}: ${found.join(", ")}`];
    });
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return ""; // It was there for a moment only.
  }
}

/** How often the arguments of a process are read; what has run for longer is looked at each such time only. */
const LOOKS = 50;

/**
 * Looks at the arguments of every process of this machine, again and again until it is stopped. Those of a process that has
 * run for a while are looked at less often: it is when it starts that it may be another program for a moment.
 * @returns stops it, and gives the arguments that held a secret
 */
export function watchArguments(secrets: Readonly<Record<string, string>>): () => Promise<readonly string[]> {
  const forms = Object.entries(secrets).map(([name, secret]) => [name, formsOf(secret)] as const);
  const found = new Set<string>();
  let looks = new Map<string, number>();
  let stopped = false;
  const lookAt = (pid: string): void => {
    const words = readOrNothing(`/proc/${pid}/cmdline`);
    for (const [name, all] of forms)
      if (all.some((form) => words.includes(form)))
        found.add(`${name}: ${words.split("\0", 3).join(" ").slice(0, 80)}`);
  };
  const look = async (): Promise<void> => {
    for (let turn = 0; !stopped; turn += 1) {
      const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
      looks = new Map(pids.map((pid) => [pid, (looks.get(pid) ?? 0) + 1]));
      for (const [pid, times] of looks) if (times < LOOKS || turn % LOOKS === 0) lookAt(pid);
      await sleep(10);
    }
  };
  const looking = look();
  return async () => {
    stopped = true;
    await looking;
    return [...found];
  };
}
