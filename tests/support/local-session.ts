import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { enter, localPsql, overPsql, type LocalSession } from "../../drills/hosts/local-postgres";
import { DATABASE } from "../../settings/names";
import { RealPostgres } from "./trusting-postgres";

/** The superuser's session over the local socket of a real server: by the product's own `psql`, without a container. */
export async function openLocalSession(
  server: Pick<RealPostgres, "folder" | "port">,
  database = DATABASE,
): Promise<LocalSession> {
  const words = [...localPsql(server.folder), "-p", String(server.port)];
  const child: ChildProcess = spawn("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", ...words], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  let lines: string[] = [];
  let waiting: PromiseWithResolvers<readonly string[]> | undefined;
  if (child.stdout === null || child.stdin === null) throw new Error("no pipes");
  const { stdin } = child;
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line === "ok") waiting?.resolve(lines);
    else if (line.startsWith("error ")) waiting?.reject(new Error(line.slice("error ".length)));
    else {
      lines.push(line);
      return;
    }
    lines = [];
  });
  child.on("close", () => waiting?.reject(new Error("psql ended")));
  const ask = (told: string): Promise<readonly string[]> => {
    waiting = Promise.withResolvers<readonly string[]>();
    stdin.write(`${told}\n`);
    return waiting.promise;
  };
  await enter({ ask }, database);
  return overPsql({ ask }, () => stdin.end());
}
