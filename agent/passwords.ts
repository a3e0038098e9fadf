import { readFileSync } from "node:fs";

/**
 * The passwords with which the agent may log in, the one of now first: while one is exchanged the former stands beside it,
 * and the server takes one of the two.
 * @param folder of the container's files
 * @throws Error of the file system when there is none
 */
export function passwordsOf(folder: string, name: string): readonly string[] {
  const now = readFileSync(`${folder}/${name}`, "utf8").trim();
  try {
    return [now, readFileSync(`${folder}/${name}.before`, "utf8").trim()];
  } catch {
    return [now];
  }
}
